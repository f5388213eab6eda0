// Applies events to the state: one case for each event of shared/contract/events.py. Pure: no DOM,
// no clock, no network. The sync law: an old snapshot plus the events since equals a new snapshot.

import { deleteComment, putComment, setReactions } from './threads/comment_events.js';
import {
  deleteLabel,
  insertTodo,
  mergeList,
  putAttachment,
  putLabel,
  putMember,
  removeAttachment,
  removeMember,
  removeTodo,
} from './list_events.js';
import { own } from '../own.js';
import { labelTodos, putOwnLabel, removeOwnLabel } from './labels/own_labels.js';
import { placeLists, putFolder, removeFolder, setView } from './placement/events.js';
import { leaveList, openCountOf, putTodo, without } from './state.js';

/**
 * @import {
 *   EventData, EventFrame, EventName, NotificationRead, NotificationShape,
 * } from '../types/contract.d.ts'
 * @import { EventCase, State } from '../types/client.d.ts'
 */

/**
 * Classify a frame: the next of its stream, seen before, after a gap, or of an unknown stream.
 * @param {State} state
 * @param {Pick<EventFrame, 'list' | 'seq'>} frame
 * @returns {'next' | 'seen' | 'gap' | 'unknown'}
 */
export function classifyFrame(state, frame) {
  const stream = own(state.streams, frame.list);
  if (!stream) return 'unknown';
  if (frame.seq <= stream.seq) return 'seen';
  return frame.seq === stream.seq + 1 ? 'next' : 'gap';
}

/**
 * Return the state after `frame`, or the same object when the frame is not the next one.
 * @param {State} state
 * @param {EventFrame} frame
 * @returns {State}
 */
export function reduce(state, frame) {
  if (classifyFrame(state, frame) !== 'next') return state;
  // The compiler cannot see that the case and the data are of the same event.
  const apply = /** @type {EventCase<any> | undefined} */ (own(CASES, frame.event));
  const after = apply ? apply(state, frame.data, frame.list) : state;
  // The event may have removed the stream itself.
  if (!after.streams[frame.list]) return after;
  const position = { ...after.streams[frame.list], seq: frame.seq };
  return { ...after, streams: { ...after.streams, [frame.list]: position } };
}

/**
 * Add a list, from its event or from the REST answer that may come before the event.
 * @param {State} state
 * @param {EventData['list.added']} data
 * @returns {State}
 */
export function addList(state, { list }) {
  const known = state.streams[list.id];
  // Without content the count and the position must be of one moment, even if that is an older one.
  const isKept = known?.epoch === list.stream.epoch && own(state.contents, list.id);
  const streams = isKept ? state.streams : {
    ...state.streams,
    [list.id]: { epoch: list.stream.epoch, seq: list.stream.seq },
  };
  // An event of a release without placements and views has none.
  const placement = list.placement ?? { rank: list.id, favourite: false, folder_id: null };
  const view = list.view ?? null;
  const added = { ...list, placement, view, open_count: openCountOf(state, list) };
  const lists = { ...state.lists, [list.id]: added };
  return { ...state, lists, streams, leftLists: without(state.leftLists, list.id) };
}

/** @type {EventCase<'reminder.set' | 'reminder.sent' | 'reminder.failed' | 'reminder.missed'>} */
const putReminder = (state, { reminder }) => ({
  ...state,
  reminders: { ...state.reminders, [reminder.id]: reminder },
});

/** @type {EventCase<'notification.added'>} */
function addNotification(state, { notification }) {
  const { byId, unread } = state.notifications;
  return {
    ...state,
    notifications: { byId: { ...byId, [notification.id]: notification }, unread: unread + 1 },
  };
}

/**
 * Mark the named notifications as read, or with `through` all up to that notification. The others
 * keep their object.
 * @param {Record<string, NotificationShape>} byId
 * @param {Partial<Pick<NotificationRead, 'notification_ids' | 'through'>>} read
 * @param {string} readAt
 */
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

/** @type {EventCase<'notification.removed'>} */
function removeNotifications(state, data) {
  const removed = new Set(data.notification_ids);
  const kept = Object.entries(state.notifications.byId).filter(([id]) => !removed.has(id));
  return {
    ...state,
    notifications: { byId: Object.fromEntries(kept), unread: data.unread_count },
  };
}

/** @type {{[Name in EventName]: EventCase<Name>}} */
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
  'todo.edited': (state, { todo }, listId) => putTodo(state, listId, todo.id, todo),
  'todo.deleted': removeTodo,
  'todo.restored': insertTodo,
  'todo.purged': removeTodo,
  'todo.moved_out': removeTodo,
  'todo.moved_in': insertTodo,
  'comment.added': putComment,
  'comment.edited': putComment,
  'comment.reacted': setReactions,
  'comment.deleted': deleteComment,
  'attachment.added': putAttachment,
  'attachment.edited': putAttachment,
  'attachment.removed': removeAttachment,
  'account.edited': (state, data) => ({ ...state, account: data.account }),
  // The server closes the socket after these two events; the close code signs the page out
  // (sync/backoff.js).
  'account.disabled': (state) => state,
  'session.revoked': (state) => state,
  // The list of tokens reads them again (views/pages/settings/api_tokens.js).
  'api_token.created': (state) => state,
  'api_token.renamed': (state) => state,
  'api_token.revoked': (state) => state,
  // The settings read them again.
  'credentials.changed': (state) => state,
  // The page of exports shows them itself (views/pages/settings/personal_data.js).
  'data_export.changed': (state) => state,
  'import.changed': (state) => state,
  'list.added': addList,
  'list.placed': placeLists,
  'list.view_set': setView,
  'folder.set': putFolder,
  'folder.removed': removeFolder,
  'personal_label.set': putOwnLabel,
  'personal_label.removed': removeOwnLabel,
  'labelled_todos.set': labelTodos,
  'list.removed': (state, data) => leaveList(state, data.list_id, data.reason),
  'invitation.received': (state, { invitation }) => ({
    ...state,
    invitations: { ...state.invitations, [invitation.id]: invitation },
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
  // No part of the state: views/pages/settings/reminder_test.js shows it while that page is open.
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
