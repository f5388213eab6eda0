// The toast of an occurrence that ended, and that of a change of several todos, which stays.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { todo } from './support/builders.js';
import { ACCOUNT_SNAPSHOT, LIST, LIST_SNAPSHOT } from './support/sample.js';
import { Actions } from '../../../web/store/actions.js';
import { completeTodos } from '../../../web/store/bulk_edits.js';
import { Store } from '../../../web/store/store.js';
import { toastOccurrence } from '../../../web/views/components/occurrence_toasts.js';

/** Complete todos of which the first repeats, and return the toasts once the server answered. */
const toastsOf = (/** @type {string[]} */ ids) => answeredPage(ids).toasts;

/** Complete todos of which the first repeats, on a page that the server has answered. */
function answeredPage(/** @type {string[]} */ ids) {
  const repeat = /** @type {any} */ ({ rule: 'FREQ=DAILY', occurrence: 1 });
  const todos = ids.map((id, at) =>
    todo({ id, list_id: LIST.id, repeat: at === 0 ? repeat : null })
  );
  const store = new Store();
  store.takeAccount(ACCOUNT_SNAPSHOT);
  store.takeList({ ...LIST_SNAPSHOT, todos });
  const outbox = { waiting: [], add: () => {}, flush: () => {} };
  const actions = new Actions({ store, outbox: /** @type {any} */ (outbox) });
  /** @type {string[]} */
  const toasts = [];
  /** @type {(() => void)[]} */
  const runs = [];
  const ui = {
    clear: () => {},
    toast: (/** @type {string} */ text, /** @type {{run?: () => void}} */ { run } = {}) => {
      toasts.push(text);
      if (run) runs.push(run);
    },
  };

  completeTodos(actions, todos);
  const { key } = store.pending.find(({ kind }) => kind === 'todo.complete') ?? {};
  const ended = { outcome: 'completed', occurrence: 1 };
  const data = { todo: { ...todos[0], status: 'completed' }, ended };
  const frame = { event: 'todo.edited', mutation: key, data };
  toastOccurrence(/** @type {any} */ ({ actions, store, ui }), /** @type {any} */ (frame));
  return { store, actions, toasts, undo: () => runs[0]() };
}

test('a repeating todo that is completed alone says what comes next', () => {
  assert.deepEqual(toastsOf(['a']), ['Done. That was the last one.']);
});

test('completed with others it leaves the toast that counts them', () => {
  assert.deepEqual(toastsOf(['a', 'b']), []);
});

test('its undo is that of the stack: Ctrl+Z afterwards does not send it again', async () => {
  const { store, actions, toasts, undo } = answeredPage(['a']);

  await undo();
  assert.equal(toasts.at(-1), 'Undone: “Book the movers” was completed.');
  assert.equal(actions.undo(), null);
  const reopened = store.pending.filter(({ kind }) => kind === 'todo.reopen');
  assert.equal(reopened.length, 1);
});

test('taking back an end is undone by ending the occurrence again', () => {
  const { store, actions, undo } = answeredPage(['a']);
  undo();
  const todoNow = actions.find('a');
  assert.ok(todoNow);
  const before = {
    due: null,
    due_at: null,
    repeat: null,
    status: /** @type {const} */ ('pending'),
  };

  actions.takeBack(todoNow, 'todo.skip', 1, before);
  actions.undo();

  assert.deepEqual(store.pending.slice(-2).map(({ kind }) => kind), ['todo.reopen', 'todo.skip']);
});
