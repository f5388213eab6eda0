// One action on several todos: as few requests as it needs, and one undo that takes all of it back.

import { tn } from '../languages/translate.js';
import { isOpen } from '../sync/state.js';
import { dueAt } from './dates.js';
import { valuesBefore } from './mutation_parts.js';
import { subtasksOf } from './queries.js';

/**
 * @import { Todo, TodoChanges } from '../types/client.d.ts'
 * @import { Actions } from './actions.js'
 * @typedef {{changes: TodoChanges, ids: string[]}} Group todos that are changed in the same way
 */

/** The server takes this many todos in one request, and changes all of them or none. */
export const MOST_AT_ONCE = 100;

/**
 * Put todos with the same changes together.
 * @param {readonly Todo[]} todos
 * @param {(todo: Todo) => TodoChanges} changesOf
 * @returns {Group[]}
 */
function grouped(todos, changesOf) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const todo of todos) {
    const changes = changesOf(todo);
    const key = JSON.stringify(changes);
    const group = groups.get(key) ?? { changes, ids: [] };
    group.ids.push(todo.id);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/**
 * Split into parts that one request takes.
 * @template T
 * @param {readonly T[]} items
 * @returns {T[][]}
 */
export const inParts = (items) =>
  Array.from(
    { length: Math.ceil(items.length / MOST_AT_ONCE) },
    (_, at) => items.slice(at * MOST_AT_ONCE, (at + 1) * MOST_AT_ONCE),
  );

/**
 * @param {Actions} actions
 * @param {Group[]} groups
 */
function sendGroups(actions, groups) {
  return groups.flatMap(({ changes, ids }) => {
    // Another member may have deleted some since: the server would refuse the others with them.
    const present = ids.flatMap((id) => actions.find(id)?.id ?? []);
    return inParts(present).map((part) =>
      actions.send('todo.bulk', { todo_ids: part, changes, due_at: dueAt(changes.due) })
    );
  });
}

/**
 * @param {Actions} actions
 * @param {readonly Todo[]} todos
 * @param {(todo: Todo) => TodoChanges} changesOf
 * @param {string} [done] what was done
 */
export function editTodos(
  actions,
  todos,
  changesOf,
  done = tn(todos.length, '{count} todo changed', '{count} todos changed'),
) {
  if (todos.length === 0) return;
  const before = grouped(todos, (todo) => valuesBefore(todo, changesOf(todo)));
  const sent = sendGroups(actions, grouped(todos, changesOf));
  actions.undos.push(done, '', () => sendGroups(actions, before), ...sent);
}

/**
 * Complete todos. Those that repeat are sent one by one: a request for several cannot name the
 * occurrence, and sent at the same time as another member's it would end two.
 * @param {Actions} actions
 * @param {readonly Todo[]} todos
 */
export function completeTodos(actions, todos) {
  const open = todos.filter(isOpen);
  if (open.length === 1 && open[0].repeat) {
    actions.tick(open[0].id);
    return;
  }
  const done = tn(open.length, '{count} todo completed', '{count} todos completed');
  actions.asOne(done, () => {
    for (const { id } of open.filter(({ repeat }) => repeat)) actions.tick(id);
    editTodos(actions, open.filter(({ repeat }) => !repeat), () => ({ status: 'completed' }));
  });
}

/**
 * @param {Actions} actions
 * @param {readonly Todo[]} todos
 */
export function reopenTodos(actions, todos) {
  const ended = todos.filter((todo) => !isOpen(todo));
  const done = tn(ended.length, '{count} todo reopened', '{count} todos reopened');
  editTodos(actions, ended, () => ({ status: 'pending' }), done);
}

/**
 * Return the todos without the subtasks that go along with their todo.
 * @param {readonly Todo[]} todos
 */
export function withoutFollowers(todos) {
  const ids = new Set(todos.map(({ id }) => id));
  return todos.filter(({ parent_id: parent }) => parent === null || !ids.has(parent));
}

/**
 * @param {Actions} actions
 * @param {readonly Todo[]} todos
 */
export function deleteTodos(actions, todos) {
  const parts = inParts(withoutFollowers(todos)).map((part) => ({
    todo_ids: part.map(({ id }) => id),
    todos: part.flatMap((todo) => [todo, ...subtasksOf(actions.state, todo)]),
  }));
  const sent = parts.map(({ todo_ids }) =>
    actions.send('todo.bulk', { todo_ids, changes: { deleted: true } })
  );
  const done = tn(todos.length, '{count} todo deleted', '{count} todos deleted');
  const restore = () => {
    for (const part of parts) actions.send('todo.bulk', { ...part, changes: { deleted: false } });
  };
  actions.undos.push(done, '', restore, ...sent);
}

/**
 * Move todos to another list, one request each: a request for several changes no list.
 * @param {Actions} actions
 * @param {readonly Todo[]} todos in the order that they shall have there
 * @param {string} listId
 */
export function moveTodos(actions, todos, listId) {
  const moved = withoutFollowers(todos).filter(({ list_id: from }) => from !== listId);
  const done = tn(moved.length, '{count} todo moved', '{count} todos moved');
  actions.asOne(done, () => {
    for (const { id } of moved) actions.moveTodo(id, { to_list: listId });
  });
}
