// One action on several todos: what is sent, what shows at once, and its one undo.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { todo } from './support/builders.js';
import { ACCOUNT_SNAPSHOT, LIST, LIST_SNAPSHOT } from './support/sample.js';
import { Actions } from '../../../web/store/actions.js';
import {
  completeTodos,
  deleteTodos,
  editTodos,
  MOST_AT_ONCE,
} from '../../../web/store/bulk_edits.js';
import { Store } from '../../../web/store/store.js';
import { requestOf } from '../../../web/sync/requests.js';

/** @import { Todo } from '../../../web/types/client.d.ts' */

/** @param {Todo[]} todos */
function storeWith(todos) {
  const store = new Store();
  store.takeAccount(ACCOUNT_SNAPSHOT);
  store.takeList({ ...LIST_SNAPSHOT, todos });
  const actions = new Actions({ store, outbox: /** @type {any} */ ({ add: () => {} }) });
  return {
    store,
    actions,
    bodies: () => store.pending.map((mutation) => requestOf(mutation).body),
    /** @param {string} id */
    shown: (id) => store.shown.contents[LIST.id].todos.get(id),
  };
}

test('several priorities become one in one request, and one undo restores each', () => {
  const todos = [todo({ id: 'a', priority: 1 }), todo({ id: 'b', priority: 4 })];
  const { actions, bodies, shown } = storeWith(todos);

  editTodos(actions, todos, () => ({ priority: 5 }));
  assert.deepEqual(bodies(), [{ ids: ['a', 'b'], changes: { priority: 5 } }]);
  assert.deepEqual(['a', 'b'].map((id) => shown(id)?.priority), [5, 5]);

  actions.undo();
  assert.deepEqual(['a', 'b'].map((id) => shown(id)?.priority), [1, 4]);
  assert.equal(actions.undo(), null);
});

test('more than the server takes are sent in parts', () => {
  const todos = Array.from({ length: MOST_AT_ONCE + 1 }, (_, at) => todo({ id: `t${at}` }));
  const { actions, store } = storeWith(todos);

  editTodos(actions, todos, () => ({ priority: 5 }));

  assert.deepEqual(
    store.pending.map((each) => 'todo_ids' in each && each.todo_ids.length),
    [MOST_AT_ONCE, 1],
  );
});

test('the undo leaves out a todo that has gone meanwhile', () => {
  const todos = [todo({ id: 'a' }), todo({ id: 'b' })];
  const { actions, store, bodies } = storeWith(todos);

  editTodos(actions, todos, () => ({ priority: 5 }));
  store.takeList({ ...LIST_SNAPSHOT, todos: [todos[0]] });
  actions.undo();

  assert.deepEqual(bodies().at(-1), { ids: ['a'], changes: { priority: 0 } });
});

test('deleted todos go with their subtasks, and one undo restores all', () => {
  const todos = [todo({ id: 'a' }), todo({ id: 'b' }), todo({ id: 'c', parent_id: 'a' })];
  const { actions, bodies, shown } = storeWith(todos);

  deleteTodos(actions, todos);
  assert.deepEqual(bodies(), [{ ids: ['a', 'b'], changes: { deleted: true } }]);
  assert.deepEqual(['a', 'b', 'c'].filter(shown), []);

  actions.undo();
  assert.deepEqual(bodies().at(-1), { ids: ['a', 'b'], changes: { deleted: false } });
  assert.deepEqual(['a', 'b', 'c'].filter(shown), ['a', 'b', 'c']);
});

test('finished todos are not completed again, and one undo reopens the others', () => {
  const todos = [todo({ id: 'a', status: 'in_progress' }), todo({ id: 'b', status: 'completed' })];
  const { actions, bodies, shown } = storeWith(todos);

  completeTodos(actions, todos);
  assert.deepEqual(bodies(), [{ ids: ['a'], changes: { status: 'completed' } }]);

  actions.undo();
  assert.equal(shown('a')?.status, 'in_progress');
  assert.equal(shown('b')?.status, 'completed');
});
