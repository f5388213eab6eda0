// The store: pending mutations, REST answers and events meet without doubles or lost edits.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ADD, mutation } from './support/mutations.js';
import {
  ACCOUNT,
  ACCOUNT_SNAPSHOT,
  frame,
  LIST,
  LIST_SNAPSHOT,
  MY_LIST,
  TODO,
} from './support/sample.js';
import { Store } from '../../../web/store/store.js';
import { RANKED, sorted } from '../../../web/sync/todo_order.js';

const CREATED = frame(
  'todo.created',
  { todo: { ...TODO, id: 'real', title: 'Find boxes' } },
  1,
  ADD.key,
);

/** @param {Store} store */
const shownTodos = (store) => sorted(store.shown.contents[LIST.id].todos, RANKED);

function loadedStore() {
  const store = new Store();
  store.takeAccount(ACCOUNT_SNAPSHOT);
  store.takeList(LIST_SNAPSHOT);
  return store;
}

test('the event of a creation replaces the provisional todo without a double', () => {
  const store = loadedStore();
  const titles = () => shownTodos(store).map(({ title }) => title);
  store.addPending(ADD);
  const changes = { title: 'Find 40 boxes' };
  store.addPending({ ...mutation('todo.edit', { changes, todo_id: 'new:1' }), key: 'k2' });
  const before = titles();

  store.applyFrames([CREATED]);

  assert.deepEqual(before, ['Book the movers', 'Find 40 boxes']);
  assert.deepEqual(titles(), before);
  assert.deepEqual(
    store.pending.map((pending) => [pending.key, 'todo_id' in pending && pending.todo_id]),
    [['k2', 'real']],
    'the later edit follows its todo to the real id',
  );
  assert.equal(store.realId('new:1'), 'real');
});

test('between its answer and its event a new todo is known by its real id', () => {
  const store = loadedStore();
  const ids = () => shownTodos(store).map(({ id }) => id).slice(1);
  store.addPending(ADD);
  const steps = [ids()];

  store.rename('new:1', 'real');
  steps.push(ids());
  store.answered(ADD.key, [{ list: LIST.id, epoch: 'e1', seq: 1 }]);
  steps.push(ids());
  store.applyFrames([CREATED]);
  steps.push(ids());

  assert.deepEqual(steps, [['new:1'], ['real'], ['real'], ['real']]);
  assert.equal(store.pending.length, 0);
});

test('an event of another user keeps a pending edit; a refusal takes back that edit alone', () => {
  const store = loadedStore();
  const shownTodo = () => store.shown.contents[LIST.id].todos.get(TODO.id);
  const edit = mutation('todo.edit', { changes: { title: 'Call' } });
  const theirs = {
    todo: { ...TODO, description: 'by Ben' },
    changed: ['description'],
    overwrote: null,
  };
  store.addPending(edit);

  store.applyFrames([frame('todo.edited', theirs)]);
  const { title, description } = shownTodo() ?? TODO;
  store.dropPending(new Set([edit.key]));

  assert.deepEqual([title, description], ['Call', 'by Ben']);
  assert.equal(shownTodo()?.title, TODO.title);
});

test('a list made without a network keeps its todos until its content has come', () => {
  const store = loadedStore();
  const fields = { name: 'Cabin', colour: /** @type {const} */ ('red'), icon: '' };
  store.addPending({ ...mutation('list.add', { temp_id: 'new:9', fields }), key: 'k1' });
  store.addPending({ ...ADD, key: 'k2', list_id: 'new:9' });
  const list = { ...MY_LIST, id: 'cabin', name: 'Cabin' };
  const shown = () =>
    [store.realId('new:9')].map((id) => [
      store.shown.lists[id]?.name,
      ...sorted(store.shown.contents[id]?.todos, RANKED).map(({ title }) => title),
    ]);
  const atFirst = shown();

  store.applyFrames([{ ...frame('list.added', { list }, 1, 'k1'), list: `user:${ACCOUNT.id}` }]);
  const withoutContent = shown();
  store.takeList({
    ...LIST_SNAPSHOT,
    list,
    stream: { list_id: 'cabin', epoch: 'e1', seq: 0 },
    todos: [],
  });

  assert.deepEqual(atFirst, [['Cabin', 'Find boxes']]);
  assert.deepEqual(withoutContent, atFirst);
  assert.deepEqual(shown(), atFirst);
  assert.deepEqual(store.pending.map(({ key }) => key), ['k2'], 'the list itself is confirmed');
  assert.equal(/** @type {any} */ (store.pending[0]).list_id, 'cabin');
});

test('what waits to be sent is known by its todo, until the server has answered', () => {
  const store = loadedStore();
  // The builder names a todo in each.
  const onNone = { todo_id: '' };
  store.addPending({ ...ADD, ...onNone });
  store.addPending({ ...mutation('todo.duplicate', { temp_id: 'new:2' }), key: 'k2' });
  store.addPending({ ...mutation('list.edit', { changes: { name: 'x' } }), ...onNone, key: 'k3' });
  store.addPending(mutation('todo.complete'));
  store.setUnsent(4);
  const waiting = [...store.unsentIds];

  store.answered('k-todo.complete', [{ list: LIST.id, epoch: 'e1', seq: 9 }]);
  store.rename('new:1', 'real');

  assert.deepEqual(waiting, ['new:1', 'new:2', LIST.id, TODO.id]);
  assert.deepEqual([...store.unsentIds], ['real', 'new:2', LIST.id]);
  assert.equal(store.isLate, true, 'the page is not live');
  store.setConnection('live');
  assert.equal(store.isLate, false, 'the answer may come at once');
  store.setUnsent(0);
});
