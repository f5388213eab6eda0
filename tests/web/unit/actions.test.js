// Actions on a todo that repeats: what is sent, and what shows until the server has answered.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { todo } from './support/builders.js';
import { ACCOUNT_SNAPSHOT, LIST, LIST_SNAPSHOT, TODO } from './support/sample.js';
import { Actions } from '../../../web/store/actions.js';
import { Store } from '../../../web/store/store.js';

/** @import { RepeatShape } from '../../../web/types/contract.d.ts' */

const DAY = '2030-06-04';

/** @type {RepeatShape} */
const REPEAT = {
  rule: 'FREQ=DAILY',
  counts_from: 'schedule',
  anchor: { date: DAY },
  occurrence: 1,
  day: DAY,
  left: null,
};
const REPEATING = todo({ due: { date: DAY }, repeat: REPEAT });

/** Return the actions on a store that holds a todo due on DAY that repeats daily. */
function actionsOnRepeatingTodo() {
  const store = new Store();
  store.takeAccount(ACCOUNT_SNAPSHOT);
  store.takeList({ ...LIST_SNAPSHOT, todos: [REPEATING] });
  const outbox = /** @type {any} */ ({ add: () => {} });
  return {
    store,
    actions: new Actions({ store, outbox }),
    sent: () =>
      store.pending.map((mutation) => [
        mutation.kind,
        'occurrence' in mutation ? mutation.occurrence : undefined,
      ]),
    shown: () => {
      const shownTodo = store.shown.contents[LIST.id].todos.get(TODO.id);
      const due = shownTodo?.due;
      return [shownTodo?.status, due && 'date' in due && due.date, shownTodo?.ending ?? null];
    },
  };
}

test('a second tick waits until the first is answered', () => {
  const { actions, sent, shown } = actionsOnRepeatingTodo();

  actions.tick(TODO.id);
  actions.tick(TODO.id);
  actions.skip(TODO.id);

  assert.deepEqual(sent(), [['todo.complete', 1]]);
  assert.deepEqual(shown(), ['pending', DAY, 'completed']);
});

test('undo names the occurrence that was ticked', () => {
  const { actions, sent, shown } = actionsOnRepeatingTodo();

  actions.tick(TODO.id);
  actions.undo();

  assert.deepEqual(sent(), [['todo.complete', 1], ['todo.reopen', 1]]);
  assert.deepEqual(shown(), ['pending', DAY, null]);
});

test('a tick of an occurrence that another member ended first shows nothing', () => {
  const { actions, store, shown } = actionsOnRepeatingTodo();

  actions.tick(TODO.id);
  const ended = { ...REPEATING, repeat: { ...REPEAT, occurrence: 2 } };
  store.takeList({ ...LIST_SNAPSHOT, todos: [ended] });

  assert.deepEqual(shown(), ['pending', DAY, null]);
});

test('undoing a new rule restores the old one with its anchor', () => {
  const { actions, store } = actionsOnRepeatingTodo();

  const repeat = { rule: 'FREQ=WEEKLY', counts_from: /** @type {const} */ ('schedule') };
  actions.editTodo(TODO.id, { due: REPEATING.due, repeat });
  actions.undo();

  const undo = store.pending[1];
  assert.deepEqual('changes' in undo && undo.changes, {
    due: { date: DAY },
    repeat: { rule: 'FREQ=DAILY', counts_from: 'schedule', anchor: { date: DAY } },
  });
});
