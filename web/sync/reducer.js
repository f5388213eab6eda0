// Events to state: one case for every event in shared/contract/events.py, and nothing else. Pure:
// no DOM, no clock, no network. The sync law holds for it: an old snapshot plus the events since
// equals a new snapshot.

import { addOpen, isOpen, leaveList, putContent, putTodo, without } from './state.js';

/** @typedef {{list: string, seq: number, event: string, at: string, data: any, mutation: string | null}} Frame */

/**
 * Tells what a frame is to us: the next one, one we have seen, or one after a gap.
 * @returns {'next' | 'seen' | 'gap' | 'unknown'}
 */
export function classifyFrame(state, frame) {
  const stream = state.streams[frame.list];
  if (!stream) return 'unknown';
  if (frame.seq <= stream.seq) return 'seen';
  return frame.seq === stream.seq + 1 ? 'next' : 'gap';
}

/**
 * Returns the state after `frame`, or the same object when it is not the next one.
 * @param {any} state
 * @param {Frame} frame
 */
export function reduce(state, frame) {
  if (classifyFrame(state, frame) !== 'next') return state;
  const apply = CASES[frame.event];
  const after = apply ? apply(state, frame.data, frame.list) : state;
  // The event may have taken the stream itself away.
  if (!after.streams[frame.list]) return after;
  const cursor = { ...after.streams[frame.list], seq: frame.seq };
  return { ...after, streams: { ...after.streams, [frame.list]: cursor } };
}

function mergeList(state, list) {
  const held = state.lists[list.id];
  if (!held) return state;
  return { ...state, lists: { ...state.lists, [list.id]: { ...held, ...list } } };
}

function putMember(state, data, listId) {
  const { member } = data;
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

function removeMember(state, data, listId) {
  if (data.user_id === state.account?.id) {
    return leaveList(state, listId, data.reason === 'left' ? 'left' : 'removed');
  }
  const content = state.contents[listId];
  if (!content) return state;
  const todos = mapTodos(content.todos, 'assignees', data.user_id);
  return putContent(state, listId, { members: without(content.members, data.user_id), todos });
}

/** Takes `id` out of `field` of every todo; todos without it stay the same objects. */
function mapTodos(todos, field, id) {
  return Object.fromEntries(
    Object.entries(todos).map(([key, todo]) => [
      key,
      todo[field].includes(id)
        ? { ...todo, [field]: todo[field].filter((held) => held !== id) }
        : todo,
    ]),
  );
}

function putLabel(state, data, listId) {
  const content = state.contents[listId];
  if (!content) return state;
  return putContent(state, listId, { labels: { ...content.labels, [data.label.id]: data.label } });
}

function deleteLabel(state, data, listId) {
  const content = state.contents[listId];
  if (!content) return state;
  return putContent(state, listId, {
    labels: without(content.labels, data.label_id),
    todos: mapTodos(content.todos, 'labels', data.label_id),
  });
}

function insertTodo(state, data, listId) {
  if (state.contents[listId]) return putTodo(state, listId, data.todo.id, data.todo);
  return addOpen(state, listId, Number(isOpen(data.todo)));
}

const replaceTodo = (state, data, listId) => putTodo(state, listId, data.todo.id, data.todo);

function removeTodo(state, data, listId) {
  const content = state.contents[listId];
  if (!content) return state;
  const after = putTodo(state, listId, data.todo_id, null);
  return putContent(after, listId, { comments: without(content.comments, data.todo_id) });
}

function changeComments(state, listId, todoId, count, change) {
  const content = state.contents[listId];
  if (!content) return state;
  let after = state;
  const todo = content.todos[todoId];
  if (todo && count !== undefined && todo.comment_count !== count) {
    after = putTodo(after, listId, todoId, { ...todo, comment_count: count });
  }
  const thread = content.comments[todoId];
  if (!thread) return after;
  return putContent(after, listId, { comments: { ...content.comments, [todoId]: change(thread) } });
}

function putComment(state, data, listId) {
  const { comment } = data;
  return changeComments(state, listId, comment.todo_id, data.comment_count, (thread) => ({
    ...thread,
    byId: { ...thread.byId, [comment.id]: comment },
  }));
}

function deleteComment(state, data, listId) {
  return changeComments(state, listId, data.todo_id, data.comment_count, (thread) => ({
    ...thread,
    byId: without(thread.byId, data.comment_id),
    gone: { ...thread.gone, [data.comment_id]: true },
  }));
}

export function addList(state, data) {
  const { list } = data;
  const held = state.streams[list.id];
  const streams = held && held.epoch === list.stream.epoch
    ? state.streams
    : { ...state.streams, [list.id]: { epoch: list.stream.epoch, seq: list.stream.seq } };
  const lists = { ...state.lists, [list.id]: { ...list, open_count: openCountOf(state, list) } };
  return { ...state, lists, streams, leftLists: without(state.leftLists, list.id) };
}

/** The list's own stream may be further than the person's: then our own count is the newer one. */
function openCountOf(state, list) {
  const content = state.contents[list.id];
  return content ? Object.values(content.todos).filter(isOpen).length : list.open_count;
}

const putReminder = (state, data) => ({
  ...state,
  reminders: { ...state.reminders, [data.reminder.id]: data.reminder },
});

function addNotification(state, { notification }) {
  const { byId, unread } = state.notifications;
  return {
    ...state,
    notifications: { byId: { ...byId, [notification.id]: notification }, unread: unread + 1 },
  };
}

/** Marks those named, or with `through` all up to it; others keep their object. */
export function readNotifications(byId, { notification_ids: ids, through }, readAt) {
  return Object.fromEntries(
    Object.entries(byId).map(([id, notification]) => [
      id,
      !notification.read_at && (ids?.includes(id) || (through && id <= through))
        ? { ...notification, read_at: readAt }
        : notification,
    ]),
  );
}

function removeNotifications(state, data) {
  const gone = new Set(data.notification_ids);
  const kept = Object.entries(state.notifications.byId).filter(([id]) => !gone.has(id));
  return { ...state, notifications: { byId: Object.fromEntries(kept), unread: data.unread_count } };
}

/** @type {Record<string, (state: any, data: any, listId: string) => any>} */
export const CASES = {
  'list.created': (state, data) => mergeList(state, data.list),
  'list.edited': (state, data) => mergeList(state, data.list),
  'list.deleted': (state, data) =>
    mergeList(state, { id: data.list_id, deleted_at: data.deleted_at }),
  'list.restored': (state, data) => mergeList(state, data.list),
  'member.added': putMember,
  'member.edited': putMember,
  'member.removed': removeMember,
  'label.created': putLabel,
  'label.edited': putLabel,
  'label.deleted': deleteLabel,
  'todo.created': insertTodo,
  'todo.edited': replaceTodo,
  'todo.deleted': removeTodo,
  'todo.restored': insertTodo,
  'todo.purged': removeTodo,
  'todo.moved_out': removeTodo,
  'todo.moved_in': insertTodo,
  'comment.added': putComment,
  'comment.edited': putComment,
  'comment.deleted': deleteComment,
  'account.edited': (state, data) => ({ ...state, account: data.account }),
  // The server closes the socket at these two; the page signs out when it does (sync/backoff.js).
  'account.disabled': (state) => state,
  'session.revoked': (state) => state,
  'list.added': addList,
  'list.removed': (state, data) => leaveList(state, data.list_id, data.reason),
  'invitation.received': (state, data) => ({
    ...state,
    invitations: { ...state.invitations, [data.invitation.id]: data.invitation },
  }),
  'invitation.closed': (state, data) => ({
    ...state,
    invitations: without(state.invitations, data.invitation_id),
  }),
  'reminder.set': putReminder,
  'reminder.removed': (state, data) => ({
    ...state,
    reminders: without(state.reminders, data.reminder_id),
  }),
  'reminder.sent': putReminder,
  'reminder.failed': putReminder,
  'reminder.missed': putReminder,
  // News for whoever is looking (views/pages/reminder_test.js), and no part of the state.
  'reminder.tested': (state) => state,
  'notification.added': addNotification,
  'notification.read': (state, data) => ({
    ...state,
    notifications: {
      byId: readNotifications(state.notifications.byId, data, data.read_at),
      unread: data.unread_count,
    },
  }),
  'notification.removed': removeNotifications,
  'preferences.edited': (state, data) => ({ ...state, preferences: data.preferences }),
};
