// What can be undone after a reload and in other windows.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ACCOUNT_SNAPSHOT, LIST, LIST_SNAPSHOT, TODO } from './support/sample.js';
import { Actions } from '../../../web/store/actions.js';
import { deleteTodos } from '../../../web/store/bulk_edits.js';
import { KeptUndos } from '../../../web/storage/kept_undos.js';
import { toggleOwnLabel } from '../../../web/store/placement/own_labels.js';
import { Store } from '../../../web/store/store.js';

const DAY_MS = 24 * 60 * 60 * 1000;

function makeStorage() {
  /** @type {Map<string, string>} */
  const rows = new Map();
  return {
    rows,
    getItem: (/** @type {string} */ key) => rows.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void rows.set(key, value),
    removeItem: (/** @type {string} */ key) => void rows.delete(key),
  };
}

/**
 * Return the actions of a window of the user.
 * @param {ReturnType<typeof makeStorage>} storage
 * @param {Promise<unknown>} [kept] settled once what is sent is on the device
 */
function openWindow(storage, kept) {
  const store = new Store();
  store.takeAccount(ACCOUNT_SNAPSHOT);
  store.takeList(LIST_SNAPSHOT);
  const outbox = /** @type {any} */ ({ add: () => kept, done: new Set(), waiting: [] });
  const undos = new KeptUndos('ana', /** @type {any} */ (storage));
  const actions = new Actions({ store, outbox, undos });
  const undone = () =>
    store.pending.flatMap((made) =>
      made.kind === 'change.undo' ? [[made.list_id, made.undoes]] : []
    );
  return { store, actions, undos, undone };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

test('another window undoes a change by its key, and names it', async () => {
  const storage = makeStorage();
  const first = openWindow(storage);
  first.actions.editTodo(TODO.id, { priority: 5 });
  first.actions.tick(TODO.id);
  const [edited, ticked] = first.store.pending;
  await turn();
  const { actions, undone } = openWindow(storage);

  const undos = [actions.undo(), actions.undo(), actions.undo()];

  assert.deepEqual(undos.map((entry) => entry && [entry.done, entry.about]), [
    ['completed', TODO.title],
    ['changed', TODO.title],
    null,
  ]);
  assert.deepEqual(undone(), [[LIST.id, ticked.key], [LIST.id, edited.key]]);
});

test('what one window has undone no other one undoes', async () => {
  const storage = makeStorage();
  const [one, other] = [openWindow(storage), openWindow(storage)];
  one.actions.editTodo(TODO.id, { priority: 5 });
  const undoer = one.actions.undoer();
  await turn();
  other.actions.undo();

  assert.equal(undoer(), null);
  assert.equal(one.actions.undo(), null);
  assert.equal(one.store.pending.length, 1);

  one.actions.editTodo(TODO.id, { priority: 4 });
  await turn();
  one.actions.undo();
  assert.equal(other.actions.undo(), null);
});

test('several changes are undone together, the last first', async () => {
  const storage = makeStorage();
  const { actions, store } = openWindow(storage);
  actions.asOne('2 todos changed', () => {
    actions.editTodo(TODO.id, { priority: 5 });
    actions.moveTodo(TODO.id, { to_list: 'other' });
  });
  const [edit, move] = store.pending;
  await turn();
  const next = openWindow(storage);

  assert.equal(next.actions.undo()?.done, '2 todos changed');
  assert.deepEqual(next.undone(), [['other', move.key], [LIST.id, edit.key]]);
});

test('a change of several todos names their lists', async () => {
  const storage = makeStorage();
  const { actions, store } = openWindow(storage);
  deleteTodos(actions, [TODO]);
  const [{ key }] = store.pending;
  await turn();
  const next = openWindow(storage);

  next.actions.undo();

  assert.deepEqual(next.undone(), [[LIST.id, key]]);
});

test('a refused change is not kept, and its next attempt is', async () => {
  const storage = makeStorage();
  const { actions, store } = openWindow(storage);
  actions.editTodo(TODO.id, { priority: 5 });
  const dropped = store.pending;
  await turn();
  const keys = new Set(dropped.map(({ key }) => key));
  store.dropPending(keys);
  actions.undos.drop(keys);

  assert.equal(openWindow(storage).actions.undo(), null);
  assert.equal(actions.undos.newest, null);

  actions.retry(dropped);
  await turn();
  const next = openWindow(storage);
  next.actions.undo();
  assert.deepEqual(next.undone(), [[LIST.id, store.pending[0].key]]);
});

test('of a change that a reload would lose nothing is kept', async () => {
  const storage = makeStorage();
  openWindow(storage, new Promise(() => {})).actions.editTodo(TODO.id, { priority: 5 });
  await turn();

  assert.equal(openWindow(storage).actions.undo(), null);
});

test('what the server cannot undo, and what is older than 7 days, is not kept', async (context) => {
  const storage = makeStorage();
  const { actions } = openWindow(storage);
  toggleOwnLabel(actions, [TODO], 'mine');
  await turn();
  assert.equal(openWindow(storage).actions.undo(), null);

  actions.editTodo(TODO.id, { priority: 5 });
  await turn();
  const real = Date.now;
  context.after(() => Object.assign(Date, { now: real }));
  Object.assign(Date, { now: () => real() + 7 * DAY_MS });
  assert.equal(openWindow(storage).actions.undo(), null);
});

test('a list that was made offline is named by its real id', async () => {
  const storage = makeStorage();
  const { actions, undos } = openWindow(storage);
  actions.addTodo('new:1', { title: 'Find boxes' });
  await turn();
  undos.rename('new:1', 'real');
  const next = openWindow(storage);

  next.actions.undo();

  assert.equal(next.undone()[0][0], 'real');
});

test('only the newest are kept, and nothing once the user has signed out', async () => {
  const storage = makeStorage();
  const { actions, undos } = openWindow(storage);
  for (let count = 0; count < 25; count += 1) actions.editTodo(TODO.id, { priority: count % 5 });
  await turn();
  assert.equal(JSON.parse([...storage.rows.values()][0]).length, 20);

  actions.editTodo(TODO.id, { priority: 1 });
  undos.forget();
  await turn();

  assert.equal(storage.rows.size, 0);
});

test('what was undone stays so after many other changes', async () => {
  const storage = makeStorage();
  const [one, other] = [openWindow(storage), openWindow(storage)];
  one.actions.editTodo(TODO.id, { priority: 5 });
  const undoer = one.actions.undoer();
  await turn();
  other.actions.undo();
  for (let count = 0; count < 25; count += 1) {
    other.actions.editTodo(TODO.id, { priority: count % 5 });
  }
  await turn();

  assert.equal(undoer(), null);
});
