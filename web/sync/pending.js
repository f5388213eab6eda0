// Pending mutations: changes of the user that the server has not confirmed yet. Pure.
//
//   shown = confirmed + pending mutations replayed over it, oldest first
//
// `key` of a mutation is its Idempotency-Key, and the `mutation` of the event it causes. A mutation
// is dropped when that event was applied, or when the streams have reached the positions that its
// REST answer named: whichever the network brings first.

import { own } from '../own.js';
import { addLabel, editLabel } from './labels/list_labels.js';
import { addOwnLabel, editOwnLabel, labelTodos, removeOwnLabel } from './labels/own_labels.js';
import { deleteLabel } from './list_events.js';
import { addFolder, deleteFolder, editFolder, placeList } from './placement/effects.js';
import { setView } from './placement/events.js';
import { readNotifications } from './reducer.js';
import { without } from './state.js';
import { TodoMap } from './todo_map.js';
import {
  addComment,
  deleteComment,
  editComment,
  reactToComment,
} from './threads/comment_effects.js';
import { undoChange } from './threads/undo_effect.js';
import {
  addTodo,
  completeTodo,
  createdId,
  deleteTodo,
  duplicateTodo,
  editTodo,
  editTodos,
  endOccurrence,
  moveTodo,
  reopenTodo,
  restoreTodo,
} from './todo_effects.js';

/**
 * @import { MyListShape, NotificationShape } from '../types/contract.d.ts'
 * @import {
 *   Mutation, MutationEffect, MutationKind, MutationOf, Reminder, State,
 * } from '../types/client.d.ts'
 */

// These cause several events, perhaps in two streams: dropping one at the first event would make
// the todo blink. Their REST answer names all positions.
/** @type {Set<MutationKind>} */
const MANY_EVENTS = new Set([
  'todo.move',
  'todo.duplicate',
  'todo.bulk',
  'todo.delete',
  'todo.restore',
  'change.undo',
]);

/**
 * Return `confirmed` with every pending mutation replayed over it.
 * @param {State} confirmed
 * @param {Mutation[]} pending
 * @returns {State}
 */
export function replay(confirmed, pending) {
  return pending.reduce((state, mutation) => {
    // The compiler cannot see that the effect and the mutation are of the same kind. The outbox of
    // an older version of the page may contain a kind that is unknown now.
    const apply = /** @type {MutationEffect<any> | undefined} */ (
      own(EFFECTS, mutation.kind)
    );
    return apply ? apply(state, mutation) : state;
  }, confirmed);
}

/**
 * Return true if what `mutation` did is part of the confirmed state.
 * @param {Mutation} mutation
 * @param {State['streams']} streams
 * @param {Set<string>} appliedKeys keys of the mutations whose event was applied
 */
export function isSettled(mutation, streams, appliedKeys) {
  if (appliedKeys.has(mutation.key) && !MANY_EVENTS.has(mutation.kind)) return true;
  if (!mutation.positions) return false;
  return mutation.positions.every(({ list, epoch, seq }) => {
    const reached = streams[list];
    // Do not wait for a stream that is not followed, or that began a new epoch.
    return !reached || reached.epoch !== epoch || reached.seq >= seq;
  });
}

/**
 * Replace ids wherever they are: in a record, a list, or those within.
 * @template T
 * @param {T} value
 * @param {(id: string) => string} idOf
 * @returns {T}
 */
function withIds(value, idOf) {
  // What a branch returns is of the type that it tests; the compiler does not relate it to T.
  const as = (/** @type {unknown} */ renamed) => /** @type {T} */ (renamed);
  if (typeof value === 'string') return as(idOf(value));
  if (Array.isArray(value)) return as(value.map((item) => withIds(item, idOf)));
  if (!value || typeof value !== 'object') return value;
  const fields = Object.entries(value).map(([field, inner]) => [field, withIds(inner, idOf)]);
  return as(Object.fromEntries(fields));
}

/**
 * Replace a provisional id by the real one in a mutation that was made before it was known.
 * @template {object} T
 * @param {T} mutation
 * @param {string} from
 * @param {string} to
 * @returns {T}
 */
export const replaceId = (mutation, from, to) => withIds(mutation, (id) => id === from ? to : id);

/**
 * Return a mutation with all real ids that are known. A creation keeps its own provisional id.
 * @param {Mutation} mutation
 * @param {Map<string, string>} realIds by provisional id
 */
export function withRealIds(mutation, realIds) {
  const own = tempIdOf(mutation);
  return withIds(mutation, (id) => id === own ? id : realIds.get(id) ?? id);
}

/**
 * Return the provisional id of what a mutation creates, if it creates anything.
 * @param {Mutation} mutation
 */
export const tempIdOf = (mutation) => 'temp_id' in mutation ? mutation.temp_id : null;

/** @type {MutationEffect<'list.add'>} */
function addNewList(state, mutation) {
  const id = createdId(mutation);
  const { account, contents, lists } = state;
  // The content comes after the list, which is known to be empty until then.
  if (own(contents, id) || !account) return state;
  const { at, fields } = mutation;
  /** @type {MyListShape} */
  const list = own(lists, id) ?? {
    ...fields,
    id,
    is_inbox: false,
    archived_at: null,
    deleted_at: null,
    version: 0,
    created_at: at,
    updated_at: at,
    role: 'owner',
    placement: { rank: '', favourite: false, folder_id: null },
    view: null,
    open_count: 0,
    stream: { list_id: id, epoch: '', seq: 0 },
  };
  const user = { id: account.id, name: account.name, avatar_url: account.avatar_url };
  const members = { [user.id]: { user, role: list.role, joined_at: at } };
  const content = {
    members,
    labels: {},
    todos: TodoMap.of([]),
    comments: {},
    attachments: {},
    isWhole: true,
  };
  return { ...state, lists: { ...lists, [id]: list }, contents: { ...contents, [id]: content } };
}

/**
 * Return true while the content of a list that a mutation created has not come: dropping the
 * mutation now would take from the screen what was put into the list.
 * @param {Mutation} mutation
 * @param {State} confirmed
 */
export const awaitsContent = (mutation, { contents, leftLists }) =>
  mutation.kind === 'list.add' &&
  !own(contents, createdId(mutation)) && !own(leftLists, createdId(mutation));

/** @type {MutationEffect<'list.edit'>} */
function editList(state, mutation) {
  const list = state.lists[mutation.list_id];
  if (!list) return state;
  const { archived, ...changes } = mutation.changes;
  const edited = { ...list, ...changes };
  if (archived !== undefined) edited.archived_at = archived ? mutation.at : null;
  return { ...state, lists: { ...state.lists, [list.id]: edited } };
}

/** @type {MutationEffect<'reminder.add'>} */
function addReminder(state, mutation) {
  /** @type {Reminder} */
  const reminder = {
    id: createdId(mutation),
    todo_id: mutation.todo_id,
    list_id: mutation.list_id,
    at: null,
    minutes_before: null,
    fires_at: mutation.fires_at,
    state: 'scheduled',
    sent_at: null,
    snoozed_until: null,
    detail: '',
    pending: true,
    ...mutation.fields,
  };
  return { ...state, reminders: { [reminder.id]: reminder, ...state.reminders } };
}

/** @type {MutationEffect<'reminder.snooze'>} */
function snoozeReminder(state, mutation) {
  const reminder = state.reminders[mutation.reminder_id];
  if (!reminder) return state;
  /** @type {Reminder} */
  const snoozed = {
    ...reminder,
    state: 'scheduled',
    fires_at: mutation.until,
    snoozed_until: mutation.until,
    detail: '',
  };
  return { ...state, reminders: { ...state.reminders, [reminder.id]: snoozed } };
}

/** @type {MutationEffect<'notification.read'>} */
function markRead(state, mutation) {
  const before = state.notifications;
  const byId = readNotifications(before.byId, mutation, mutation.at);
  // `through` also marks older notifications that only the server knows: count those known here.
  const unread = mutation.through
    ? countUnread(byId)
    : before.unread - countUnread(before.byId) + countUnread(byId);
  return { ...state, notifications: { byId, unread: Math.max(0, unread) } };
}

/** @param {Record<string, NotificationShape>} byId */
const countUnread = (byId) =>
  Object.values(byId).filter((notification) => !notification.read_at).length;

/** @type {{[Kind in MutationKind]: MutationEffect<Kind>}} */
export const EFFECTS = {
  'todo.add': addTodo,
  'todo.duplicate': duplicateTodo,
  'todo.edit': editTodo,
  'todo.complete': completeTodo,
  'todo.skip': endOccurrence,
  'todo.reopen': reopenTodo,
  'todo.delete': deleteTodo,
  'todo.restore': restoreTodo,
  'todo.bulk': editTodos,
  'todo.move': moveTodo,
  'change.undo': undoChange,
  'comment.add': addComment,
  'comment.edit': editComment,
  'comment.react': reactToComment,
  'comment.delete': deleteComment,
  'label.add': addLabel,
  'label.edit': editLabel,
  'label.delete': (state, mutation) => deleteLabel(state, mutation, mutation.list_id),
  'list.add': addNewList,
  'list.edit': editList,
  'list.place': placeList,
  'list.view': (state, mutation) => setView(state, mutation, ''),
  'folder.add': addFolder,
  'folder.edit': editFolder,
  'folder.delete': deleteFolder,
  'own-label.add': addOwnLabel,
  'own-label.edit': editOwnLabel,
  'own-label.delete': removeOwnLabel,
  'todo.label': labelTodos,
  'reminder.add': addReminder,
  'reminder.snooze': snoozeReminder,
  'reminder.delete': (state, mutation) => ({
    ...state,
    reminders: without(state.reminders, mutation.reminder_id),
  }),
  'notification.read': markRead,
};

/**
 * Return what a refused mutation takes along, itself included: what undoes it, and all that name
 * what it, or another of them, would have created.
 * @param {Mutation} refused
 * @param {Mutation[]} waiting oldest first
 */
export function builtOn(refused, waiting) {
  /** @type {string[]} */
  const lost = [];
  return waiting.filter((mutation) => {
    const words = JSON.stringify(mutation);
    const isUndo = mutation.kind === 'change.undo' && mutation.undoes === refused.key;
    const isLost = mutation.key === refused.key || isUndo || lost.some((id) => words.includes(id));
    const tempId = tempIdOf(mutation);
    if (isLost && tempId) lost.push(tempId);
    return isLost;
  });
}

/**
 * @param {Mutation} mutation
 * @param {Mutation} other
 */
export const isSame = (mutation, other) => JSON.stringify(mutation) === JSON.stringify(other);
