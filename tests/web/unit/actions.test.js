// Actions on a todo that repeats: what is sent, and what shows until the server has answered.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { todo } from './support/builders.js';
import { ACCOUNT_SNAPSHOT, LIST, LIST_SNAPSHOT, TODO } from './support/sample.js';
import { Actions } from '../../../web/store/actions.js';
import { deleteTodos, moveTodos } from '../../../web/store/bulk_edits.js';
import { Store } from '../../../web/store/store.js';
import { retryKey } from '../../../web/sync/keys.js';
import { PLAIN } from '../../../web/sync/requests.js';

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

/** Return the actions on a store whose provisional ids the test makes real. */
function actionsOnList() {
  const store = new Store();
  store.takeAccount(ACCOUNT_SNAPSHOT);
  store.takeList(LIST_SNAPSHOT);
  const outbox = /** @type {any} */ ({ add: () => {}, done: new Set(), waiting: [] });
  const actions = new Actions({ store, outbox });
  return { store, actions, newest: () => /** @type {any} */ (store.pending.at(-1)) };
}

test('undo names a todo by the id that the server gave it since', () => {
  const { store, actions, newest } = actionsOnList();
  const tempId = actions.addTodo(LIST.id, { title: 'Find boxes' });
  actions.deleteTodo(tempId);
  store.rename(tempId, 'real');

  actions.undo();

  const { kind, todo_id, todos } = newest();
  assert.deepEqual([kind, todo_id, todos[0].id], ['todo.restore', 'real', 'real']);
});

test('undo of a tick and of a deletion of several name real ids', () => {
  const { store, actions, newest } = actionsOnList();
  const tempId = actions.addTodo(LIST.id, { title: 'Find boxes' });
  actions.tick(tempId);
  const added = store.shown.contents[LIST.id].todos.get(tempId);
  assert.ok(added);
  deleteTodos(actions, [added]);
  store.rename(tempId, 'real');

  actions.undo();
  const { todo_ids, todos } = newest();
  actions.undo();

  assert.deepEqual([todo_ids, todos[0].id], [['real'], 'real']);
  assert.deepEqual([newest().kind, newest().todo_id], ['todo.edit', 'real']);
});

test('a view that filters by a label just made names its real id', () => {
  const { store, actions, newest } = actionsOnList();
  const view = { ...PLAIN, filter: { ...PLAIN.filter, labels: ['new:1', 'new:2'] } };
  store.rename('new:1', 'real');

  actions.send('list.view', { list_id: LIST.id, view });
  const sent = newest().view.filter.labels;
  store.rename('new:2', 'later');

  assert.deepEqual(sent, ['real', 'new:2'], 'what the server has not answered stays');
  assert.deepEqual(newest().view.filter.labels, ['real', 'later']);
});

test('a creation keeps its own provisional id', () => {
  const { store, actions, newest } = actionsOnList();
  store.rename('new:1', 'real');
  const fields = { title: 'Again', parent_id: 'new:1' };
  const rest = { before_id: null, after_id: null, due_at: null };

  actions.send('todo.add', { temp_id: 'new:1', list_id: LIST.id, fields, ...rest });

  assert.equal(newest().temp_id, 'new:1');
});

test('all that was dropped with a refused change is sent again, in order', () => {
  const { store, actions } = actionsOnList();
  const tempId = actions.addTodo(LIST.id, { title: 'Find boxes' });
  actions.addTodo(LIST.id, { title: 'Large ones', parent_id: tempId });
  const dropped = store.pending;
  store.dropPending(new Set(dropped.map(({ key }) => key)));

  actions.retry(dropped);

  const titles = store.pending.map((sent) => sent.kind === 'todo.add' && sent.fields.title);
  assert.deepEqual(titles, ['Find boxes', 'Large ones']);
  assert.ok(store.pending.every(({ key }) => !dropped.some((before) => before.key === key)));
});

test('an undo names the newest attempt of a change that was refused twice', () => {
  const { store, actions, newest } = actionsOnList();
  actions.moveTodo(TODO.id, { to_list: 'other' });
  const [first] = store.pending;
  store.dropPending(new Set([first.key]));
  actions.retry([first]);
  const [second] = store.pending;
  store.dropPending(new Set([second.key]));
  actions.retry([second]);
  const [third] = store.pending;

  actions.undo();

  assert.deepEqual([newest().kind, newest().undoes], ['change.undo', third.key]);
});

test('an undo names the attempt that another window made', () => {
  const { store, actions, newest } = actionsOnList();
  actions.moveTodo(TODO.id, { to_list: 'other' });
  const [first] = store.pending;
  store.dropPending(new Set([first.key]));
  actions.outbox.done = new Set([retryKey(first.key)]);
  actions.retry([first]);

  actions.undo();

  assert.equal(newest().undoes, retryKey(first.key));
});

test('of several moves only those that were not refused are undone', () => {
  const { store, actions } = actionsOnList();
  store.takeList({ ...LIST_SNAPSHOT, todos: [TODO, todo({ id: 'second' })] });
  moveTodos(actions, [TODO, todo({ id: 'second' })], 'other');
  const [refused, kept] = store.pending;

  actions.undos.drop(new Set([refused.key]));
  actions.undo();

  const undone = store.pending.flatMap((made) => made.kind === 'change.undo' ? made.undoes : []);
  assert.deepEqual(undone, [kept.key]);
  actions.undos.drop(new Set([kept.key]));
  assert.equal(actions.undos.newest, null);
});

test('nothing is undone where an occurrence could not be taken back', () => {
  const { actions } = actionsOnRepeatingTodo();
  const { due, due_at, status } = REPEATING;
  const gone = todo({ id: 'gone' });

  actions.takeBack(gone, 'todo.complete', 1, { due, due_at, status, repeat: REPEAT });

  assert.equal(actions.undos.newest, null);
});
