// The cases of the reducer for what happens in a list: members, labels, todos, comments, files.

import { addOpen, isOpen, leaveList, putContent, putTodo, without } from './state.js';

/**
 * @import { EventData, ListShape } from '../types/contract.d.ts'
 * @import { EventCase, State, Thread, Threads } from '../types/client.d.ts'
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
  return putContent(after, listId, {
    comments: without(content.comments, data.todo_id),
    attachments: without(content.attachments, data.todo_id),
  });
}

/**
 * @param {State} state
 * @param {keyof Threads} kind
 * @param {string} listId
 * @param {string} todoId
 * @param {number | undefined} count how many the todo has, when the event says it
 * @param {(thread: Thread<any>) => Thread<any>} change
 * @returns {State}
 */
function changeThread(state, kind, listId, todoId, count, change) {
  const content = state.contents[listId];
  if (!content) return state;
  let after = state;
  const counter = kind === 'comments' ? 'comment_count' : 'attachment_count';
  const todo = content.todos.get(todoId);
  if (todo && count !== undefined && todo[counter] !== count) {
    after = putTodo(after, listId, todoId, { ...todo, [counter]: count });
  }
  const thread = content[kind][todoId];
  if (!thread) return after;
  return putContent(after, listId, { [kind]: { ...content[kind], [todoId]: change(thread) } });
}

/**
 * @param {{id: string}} item
 * @returns {(thread: Thread<any>) => Thread<any>}
 */
const put = (item) => (thread) => ({ ...thread, byId: { ...thread.byId, [item.id]: item } });

/**
 * @param {string} id
 * @returns {(thread: Thread<any>) => Thread<any>}
 */
const remove = (id) => (thread) => ({
  ...thread,
  byId: without(thread.byId, id),
  gone: { ...thread.gone, [id]: true },
});

/**
 * @param {State} state
 * @param {EventData['comment.added'] | EventData['comment.edited']} data
 * @param {string} listId
 * @returns {State}
 */
export function putComment(state, data, listId) {
  const { comment } = data;
  const count = 'comment_count' in data ? data.comment_count : undefined;
  return changeThread(state, 'comments', listId, comment.todo_id, count, put(comment));
}

/** @type {EventCase<'comment.deleted'>} */
export function deleteComment(state, data, listId) {
  const { todo_id: todoId, comment_id: id, comment_count: count } = data;
  return changeThread(state, 'comments', listId, todoId, count, remove(id));
}

/**
 * @param {State} state
 * @param {EventData['attachment.added'] | EventData['attachment.edited']} data
 * @param {string} listId
 * @returns {State}
 */
export function putAttachment(state, data, listId) {
  const { attachment } = data;
  const count = 'attachment_count' in data ? data.attachment_count : undefined;
  return changeThread(state, 'attachments', listId, attachment.todo_id, count, (thread) => {
    const { [attachment.id]: _, ...gone } = thread.gone;
    return put(attachment)({ ...thread, gone });
  });
}

/** @type {EventCase<'attachment.removed'>} */
export function removeAttachment(state, data, listId) {
  const { todo_id: todoId, attachment_id: id, attachment_count: count } = data;
  return changeThread(state, 'attachments', listId, todoId, count, remove(id));
}
