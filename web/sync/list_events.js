// The cases of the reducer for what happens in a list: its members, labels, todos and comments.

import { addOpen, isOpen, leaveList, putContent, putTodo, without } from './state.js';

/**
 * @import { EventData, ListShape } from '../types/contract.d.ts'
 * @import { CommentThread, EventCase, State } from '../types/client.d.ts'
 * @import { TodoMap } from './todo_map.js'
 */

/**
 * @param {State} state
 * @param {Partial<ListShape> & {id: string}} list
 * @returns {State}
 */
export function mergeList(state, list) {
  const known = state.lists[list.id];
  if (!known) return state;
  return { ...state, lists: { ...state.lists, [list.id]: { ...known, ...list } } };
}

/** @type {EventCase<'member.added' | 'member.edited'>} */
export function putMember(state, { member }, listId) {
  let after = state;
  const content = state.contents[listId];
  if (content) {
    after = putContent(after, listId, {
      members: { ...content.members, [member.user.id]: member },
    });
  }
  const list = after.lists[listId];
  if (!list || member.user.id !== state.account?.id || list.role === member.role) return after;
  return { ...after, lists: { ...after.lists, [listId]: { ...list, role: member.role } } };
}

/** @type {EventCase<'member.removed'>} */
export function removeMember(state, data, listId) {
  if (data.user_id === state.account?.id) {
    return leaveList(state, listId, data.reason === 'left' ? 'left' : 'removed');
  }
  const content = state.contents[listId];
  if (!content) return state;
  const todos = removeFromTodos(content.todos, 'assignees', data.user_id);
  return putContent(state, listId, { members: without(content.members, data.user_id), todos });
}

/**
 * Remove `id` from `field` of every todo; todos without it stay the same objects.
 * @param {TodoMap} todos
 * @param {'assignees' | 'labels'} field
 * @param {string} id
 */
function removeFromTodos(todos, field, id) {
  return todos.map((todo) =>
    todo[field].includes(id)
      ? { ...todo, [field]: todo[field].filter((other) => other !== id) }
      : todo
  );
}

/** @type {EventCase<'label.created' | 'label.edited'>} */
export function putLabel(state, { label }, listId) {
  const content = state.contents[listId];
  if (!content) return state;
  return putContent(state, listId, { labels: { ...content.labels, [label.id]: label } });
}

/** @type {EventCase<'label.deleted'>} */
export function deleteLabel(state, data, listId) {
  const content = state.contents[listId];
  if (!content) return state;
  return putContent(state, listId, {
    labels: without(content.labels, data.label_id),
    todos: removeFromTodos(content.todos, 'labels', data.label_id),
  });
}

/** @type {EventCase<'todo.created' | 'todo.restored' | 'todo.moved_in'>} */
export function insertTodo(state, { todo }, listId) {
  if (state.contents[listId]) return putTodo(state, listId, todo.id, todo);
  return addOpen(state, listId, Number(isOpen(todo)));
}

/** @type {EventCase<'todo.deleted' | 'todo.purged' | 'todo.moved_out'>} */
export function removeTodo(state, data, listId) {
  const content = state.contents[listId];
  if (!content) return state;
  const after = putTodo(state, listId, data.todo_id, null);
  return putContent(after, listId, { comments: without(content.comments, data.todo_id) });
}

/**
 * @param {State} state
 * @param {string} listId
 * @param {string} todoId
 * @param {number | undefined} count the todo's new `comment_count`, when the event says it
 * @param {(thread: CommentThread) => CommentThread} change
 * @returns {State}
 */
function changeThread(state, listId, todoId, count, change) {
  const content = state.contents[listId];
  if (!content) return state;
  let after = state;
  const todo = content.todos.get(todoId);
  if (todo && count !== undefined && todo.comment_count !== count) {
    after = putTodo(after, listId, todoId, { ...todo, comment_count: count });
  }
  const thread = content.comments[todoId];
  if (!thread) return after;
  return putContent(after, listId, { comments: { ...content.comments, [todoId]: change(thread) } });
}

/**
 * @param {State} state
 * @param {EventData['comment.added'] | EventData['comment.edited']} data
 * @param {string} listId
 * @returns {State}
 */
export function putComment(state, data, listId) {
  const { comment } = data;
  const count = 'comment_count' in data ? data.comment_count : undefined;
  return changeThread(state, listId, comment.todo_id, count, (thread) => ({
    ...thread,
    byId: { ...thread.byId, [comment.id]: comment },
  }));
}

/** @type {EventCase<'comment.deleted'>} */
export function deleteComment(state, data, listId) {
  return changeThread(state, listId, data.todo_id, data.comment_count, (thread) => ({
    ...thread,
    byId: without(thread.byId, data.comment_id),
    gone: { ...thread.gone, [data.comment_id]: true },
  }));
}
