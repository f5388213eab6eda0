// The cases of the reducer for what happens in a list: members, labels, todos, files.

import { forgetUser, renameUser } from './threads/comment_events.js';
import { changeItems, changeThread, put, remove } from './threads/threads.js';
import { addOpen, isOpen, leaveList, putContent, putTodo, without } from './state.js';

/**
 * @import { EventData, ListShape } from '../types/contract.d.ts'
 * @import { EventCase, State } from '../types/client.d.ts'
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
      comments: renameUser(content.comments, member.user),
      attachments: changeItems(
        content.attachments,
        (file) => file.uploader?.id === member.user.id ? { ...file, uploader: member.user } : file,
      ),
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
  const after = putContent(state, listId, {
    members: without(content.members, data.user_id),
    todos,
  });
  return data.reason === 'account_deleted' ? forgetAccount(after, listId, data.user_id) : after;
}

/**
 * Remove the id of a deleted account, as the database does, and its reactions.
 * @param {State} state
 * @param {string} listId
 * @param {string} userId
 * @returns {State}
 */
function forgetAccount(state, listId, userId) {
  const { todos, comments, attachments } = state.contents[listId];
  const byId = Object.fromEntries(
    Object.entries(state.notifications.byId).map(([id, notification]) => [
      id,
      notification.actor?.id === userId ? { ...notification, actor: null } : notification,
    ]),
  );
  const after = putContent(state, listId, {
    todos: todos.map((todo) => {
      const isCreator = todo.created_by === userId;
      const isEnder = todo.completed_by === userId;
      if (!isCreator && !isEnder) return todo;
      return {
        ...todo,
        created_by: isCreator ? null : todo.created_by,
        completed_by: isEnder ? null : todo.completed_by,
      };
    }),
    comments: forgetUser(comments, userId),
    attachments: changeItems(
      attachments,
      (file) => file.uploader?.id === userId ? { ...file, uploader: null } : file,
    ),
  });
  return { ...after, notifications: { ...state.notifications, byId } };
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
  if (!state.contents[listId]) return addOpen(state, listId, Number(isOpen(todo)));
  // What was read of it while it was shown here, on its way, has missed events of its old list.
  return putTodo(forgetThreads(state, listId, todo.id), listId, todo.id, todo);
}

/** @type {EventCase<'todo.deleted' | 'todo.purged' | 'todo.moved_out'>} */
export function removeTodo(state, data, listId) {
  if (!state.contents[listId]) return state;
  return putTodo(forgetThreads(state, listId, data.todo_id), listId, data.todo_id, null);
}

/**
 * @param {State} state
 * @param {string} listId
 * @param {string} todoId
 */
function forgetThreads(state, listId, todoId) {
  const { comments, attachments } = state.contents[listId];
  return putContent(state, listId, {
    comments: without(comments, todoId),
    attachments: without(attachments, todoId),
  });
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
