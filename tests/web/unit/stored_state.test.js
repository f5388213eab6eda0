// The stored state: what is read back is what was confirmed, whatever was written in between.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { comment, idOf, myList, todo } from './support/builders.js';
import { ADD } from './support/mutations.js';
import { ACCOUNT_SNAPSHOT, frame, LIST, LIST_SNAPSHOT, TODO } from './support/sample.js';
import { StateInMemory } from './support/stored_state.js';
import {
  accountOf,
  accountText,
  doubted,
  MOST_COMMENT_CHARACTERS,
  MOST_COMMENTED,
} from '../../../web/storage/state_rows.js';
import { MOST_CHARACTERS, MOST_LISTS, StateSaver } from '../../../web/storage/state_saver.js';
import { Store } from '../../../web/store/store.js';
import { takeAccountSnapshot } from '../../../web/sync/state.js';

/** @import { StateStorage } from '../../../web/storage/state_storage.js' */

/** @param {Pick<StateStorage, 'write'>} [storage] */
function saving(storage = new StateInMemory()) {
  const store = new Store();
  /** @type {(() => void)[]} */
  const later = [];
  /** @type {unknown[]} */
  const failures = [];
  const saver = new StateSaver({
    storage,
    store,
    release: 'r1',
    onFailed: (error) => failures.push(error),
    later: (work) => /** @type {any} */ (later.push(work)),
  });
  store.takeAccount(ACCOUNT_SNAPSHOT);
  store.takeList(LIST_SNAPSHOT);
  return { store, saver, later, failures };
}

/**
 * @param {number} seq
 * @param {string} title
 */
const edited = (seq, title) =>
  frame(
    'todo.edited',
    { todo: { ...TODO, title }, changed: ['title'], overwrote: null, ended: null },
    seq,
  );

test('what is restored is the confirmed state, without what is pending', async () => {
  const storage = new StateInMemory();
  const { store, saver } = saving(storage);
  store.addPending(ADD);
  saver.start();

  await saver.save();

  assert.deepEqual(storage.restored(), store.confirmed);
  assert.equal(storage.restored().contents[LIST.id].todos.size, 1);
});

test('after an event the position is stored together with what the event changed', async () => {
  const storage = new StateInMemory();
  const { store, saver } = saving(storage);
  saver.start();
  await saver.save();

  store.applyFrames([edited(1, 'Book two movers')]);
  await saver.save();

  const restored = storage.restored();
  assert.deepEqual(restored, store.confirmed);
  assert.equal(restored.streams[LIST.id].seq, 1);
  assert.equal(restored.contents[LIST.id].todos.get(TODO.id)?.title, 'Book two movers');
  const [, second] = storage.writes;
  assert.equal(second.puts.length, 2, 'the row of the list, and the one with its todo');
});

test('events wait for a write together, at most for a while', async () => {
  const storage = new StateInMemory();
  const { store, saver, later } = saving(storage);
  saver.start();
  await saver.save();

  for (let seq = 1; seq <= 5; seq += 1) {
    store.applyFrames([edited(seq, `Title ${seq}`)]);
    await Promise.resolve();
  }

  assert.equal(storage.writes.length, 1);
  assert.equal(later.length, 1, 'one timer for all of them');
  later[0]();
  await saver.save();
  assert.equal(storage.writes.length, 2);
  assert.deepEqual(storage.restored(), store.confirmed);
});

test('a list that the user has left is not stored any more', async () => {
  const storage = new StateInMemory();
  const { store, saver } = saving(storage);
  saver.start();
  await saver.save();

  store.leaveList(LIST.id, 'removed');
  await saver.save();

  assert.deepEqual([...storage.rows.keys()], []);
  assert.deepEqual(storage.restored().contents, {});
});

test('comments are stored with their list, of the todos that were opened last', async () => {
  const storage = new StateInMemory();
  const { store, saver } = saving(storage);
  const todos = Array.from({ length: MOST_COMMENTED + 2 }, (_, at) => todo({ id: idOf(100 + at) }));
  store.takeList({ ...LIST_SNAPSHOT, todos });
  /**
   * @param {string} todoId
   * @param {{id?: string, body?: string}} [fields]
   */
  const load = (todoId, fields = {}) => {
    store.openThread('comments', LIST.id, todoId);
    store.takeThread('comments', LIST.id, todoId, [comment({ todo_id: todoId, ...fields })]);
  };
  for (const { id } of todos) load(id);
  load(todos[1].id);
  // On its way when the page is left.
  store.openThread('comments', LIST.id, TODO.id);
  saver.start();

  await saver.save();

  const { comments } = storage.restored().contents[LIST.id];
  const expected = [...todos.slice(3), todos[1]].map(({ id }) => id);
  assert.deepEqual(Object.keys(comments), expected);
  const last = store.confirmed.contents[LIST.id].comments[todos[1].id];
  assert.deepEqual(comments[todos[1].id], last);

  load(todos[5].id, { id: idOf(999), body: 'x'.repeat(MOST_COMMENT_CHARACTERS) });
  load(todos[6].id);
  await saver.save();
  const others = [...todos.slice(2, 5), ...todos.slice(7), todos[1], todos[6]].map(({ id }) => id);
  assert.deepEqual(Object.keys(storage.restored().contents[LIST.id].comments), others);

  store.leaveList(LIST.id, 'removed');
  await saver.save();
  assert.deepEqual([...storage.rows.keys()], []);
});

test('after another window has written, everything is written anew', async () => {
  const storage = new StateInMemory();
  const { store, saver } = saving(storage);
  saver.start();
  await saver.save();
  storage.generation += 1;
  storage.rows.get(LIST.id)?.set(3, JSON.stringify([todo({ id: idOf(99), title: 'Strange' })]));

  store.applyFrames([edited(1, 'Mine')]);
  await saver.save();
  await saver.save();

  assert.deepEqual(storage.restored(), store.confirmed);
});

test('beyond the limits the lists that were opened longest ago are left out', async () => {
  const storage = new StateInMemory();
  const { store, saver } = saving(storage);
  const description = 'x'.repeat(MOST_CHARACTERS / 4);
  for (let number = 20; number < 25; number += 1) {
    const list = myList({ id: idOf(number) });
    store.addList(list);
    const todos = [todo({ id: idOf(number + 100), list_id: list.id, description })];
    store.takeList({ ...LIST_SNAPSHOT, stream: list.stream, list, todos });
  }
  saver.start();
  saver.opened(idOf(24));

  await saver.save();
  await saver.save();

  assert.ok(storage.rows.has(idOf(24)), 'the one on screen');
  assert.ok(storage.rows.size < 6);
  const size = [...storage.rows.values()].flatMap((rows) => [...rows.values()]).join('').length;
  assert.ok(size <= MOST_CHARACTERS);
  assert.ok(MOST_LISTS >= 200);
  for (const [id, content] of Object.entries(storage.restored().contents)) {
    assert.deepEqual(content, store.confirmed.contents[id], 'each of the others is whole');
  }
});

test('after a failed write nothing is tried with each event, and it is said once', async () => {
  const write = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
  const { store, saver, later, failures } = saving({ write });
  saver.start();
  await saver.save();

  store.applyFrames([edited(1, 'Mine')]);
  await saver.save();

  assert.equal(failures.length, 1);
  assert.equal(later.length, 1);
});

test('what another release stored is shown until the next snapshot, then read again', () => {
  const { store } = saving();

  const before = doubted(accountOf(accountText(store.confirmed)));
  const withContent = doubted(store.confirmed);
  const after = takeAccountSnapshot(withContent, ACCOUNT_SNAPSHOT);

  assert.deepEqual(before.lists, store.confirmed.lists);
  assert.ok(withContent.contents[LIST.id]);
  assert.equal(after.contents[LIST.id], undefined);
});
