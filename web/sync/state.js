// The confirmed state, made from snapshots and from events in the order of their sequence numbers.
// Pure. A state is never changed in place, so two states can be compared by identity.

import { TodoMap } from './todo_map.js';

/**
 * @import {
 *   AccountSnapshot, LabelledTodo, ListSnapshot, MyListShape, Position,
 * } from '../types/contract.d.ts'
 * @import {
 *   LeaveReason, ListContent, Notifications, State, StreamPosition, Thread, Threads, Todo,
 * } from '../types/client.d.ts'
 */

/** @returns {State} */
export function emptyState() {
  return {
    account: null,
    lists: {},
    folders: {},
    personalLabels: {},
    labelled: {},
    invitations: {},
    reminders: {},
    notifications: { byId: {}, unread: 0 },
    preferences: null,
    contents: {},
    streams: {},
    leftLists: {},
  };
}

/** @param {string | undefined} userId */
export const userStream = (userId) => `user:${userId}`;

/** @param {Todo | null | undefined} todo */
export const isOpen = (todo) =>
  Boolean(todo) && !todo?.deleted_at &&
  (todo?.status === 'pending' || todo?.status === 'in_progress');

/**
 * Return `record` without `key`; the same object when it has no such key.
 * @template T
 * @param {Record<string, T>} record
 * @param {string} key
 * @returns {Record<string, T>}
 */
export function without(record, key) {
  if (!Object.hasOwn(record, key)) return record;
  const { [key]: _removed, ...rest } = record;
  return rest;
}

/**
 * @template {{id: string}} T
 * @param {T[]} items
 * @returns {Record<string, T>}
 */
const byId = (items) => Object.fromEntries(items.map((item) => [item.id, item]));

/**
 * Return the labels on each todo that has some.
 * @param {LabelledTodo[]} todos
 * @param {State['labelled']} [before]
 */
export function withLabelled(todos, before = {}) {
  const labelled = { ...before };
  for (const { todo_id: id, personal_labels: labels } of todos) {
    if (labels.length > 0) labelled[id] = labels;
    else delete labelled[id];
  }
  return labelled;
}

/**
 * Replace the account by a snapshot; keep the contents of lists that are still the user's.
 * @param {State} state
 * @param {AccountSnapshot} snapshot
 * @returns {State}
 */
export function takeAccountSnapshot(state, snapshot) {
  const lists = byId(snapshot.lists);
  const streams = { [snapshot.stream.list_id]: positionIn(snapshot.stream) };
  /** @type {State['contents']} */
  const contents = {};
  /** @type {State['lists']} */
  const counted = {};
  for (const list of snapshot.lists) {
    const known = state.streams[list.id];
    // Contents of another epoch belong to a history that a restored backup replaced.
    const keep = known?.epoch === list.stream.epoch && state.contents[list.id];
    if (keep) contents[list.id] = keep;
    streams[list.id] = keep ? known : positionIn(list.stream);
    if (keep) counted[list.id] = { ...list, open_count: openCountOf(state, list) };
  }
  return {
    ...state,
    account: snapshot.account,
    lists: { ...lists, ...counted },
    folders: byId(snapshot.folders),
    personalLabels: byId(snapshot.personal_labels),
    labelled: withLabelled(snapshot.labelled_todos),
    invitations: byId(snapshot.invitations),
    reminders: byId(snapshot.reminders),
    notifications: {
      byId: byId(snapshot.notifications.items),
      unread: snapshot.notifications.unread_count,
    },
    preferences: snapshot.preferences,
    contents,
    streams,
    leftLists: Object.fromEntries(
      Object.entries(state.leftLists).filter(([id]) => !Object.hasOwn(lists, id)),
    ),
  };
}

/**
 * Return the count of open todos that belongs to the position of a list's own stream. With content
 * that is the one of the content: `list.open_count` may be older or newer, and the events between
 * would then be counted twice, or never.
 * @param {State} state
 * @param {MyListShape} list
 */
export function openCountOf(state, list) {
  const content = state.contents[list.id];
  if (!content) return list.open_count;
  if (content.isWhole) return [...content.todos].filter(isOpen).length;
  return state.lists[list.id]?.open_count ?? list.open_count;
}

/**
 * Replace a list by a snapshot whose pages were joined, or by its first page until the others are
 * there. The position is that of the first page.
 * @param {State} state
 * @param {ListSnapshot} snapshot
 * @returns {State}
 */
export function takeListSnapshot(state, snapshot) {
  const id = snapshot.list.id;
  // Where the user keeps the list, and how they look at it, is of the own stream, which may be
  // ahead of the snapshot.
  const { placement, view } = state.lists[id] ?? snapshot.list;
  return {
    ...state,
    lists: { ...state.lists, [id]: { ...snapshot.list, placement, view } },
    leftLists: without(state.leftLists, id),
    streams: { ...state.streams, [id]: positionIn(snapshot.stream) },
    contents: {
      ...state.contents,
      [id]: {
        members: Object.fromEntries(snapshot.members.map((member) => [member.user.id, member])),
        labels: byId(snapshot.labels),
        todos: TodoMap.of(snapshot.todos),
        // Comments are not part of a snapshot: an open thread is requested again.
        comments: {},
        attachments: {},
        isWhole: snapshot.next_cursor === null,
      },
    },
  };
}

/**
 * Begin an empty thread for what is being fetched, so that events meanwhile are kept.
 * @param {State} state
 * @param {keyof Threads} kind
 * @param {string} listId
 * @param {string} todoId
 * @returns {State}
 */
export function openThread(state, kind, listId, todoId) {
  const content = state.contents[listId];
  if (!content || content[kind][todoId]) return state;
  return putContent(state, listId, {
    [kind]: { ...content[kind], [todoId]: { loaded: false, byId: {}, gone: {}, changed: {} } },
  });
}

/**
 * Merge fetched comments or files with the events that came while the answer was on its way.
 * @template {keyof Threads} Kind
 * @param {State} state
 * @param {Kind} kind
 * @param {string} listId
 * @param {string} todoId
 * @param {Threads[Kind][]} items
 * @returns {State}
 */
export function takeThread(state, kind, listId, todoId, items) {
  const content = state.contents[listId];
  const thread = content?.[kind][todoId];
  if (!thread) return state;
  // Last among the threads, as it was loaded last.
  const { [todoId]: _, ...others } = /** @type {Record<string, Thread<any>>} */ (content[kind]);
  const fetched = byId(
    items.filter(({ id }) => !thread.gone[id])
      .map((item) => ({ ...item, ...thread.changed[item.id] })),
  );
  return putContent(state, listId, {
    [kind]: {
      ...others,
      [todoId]: { loaded: true, byId: { ...fetched, ...thread.byId }, gone: {}, changed: {} },
    },
  });
}

/**
 * @param {State} state
 * @param {string} listId
 * @param {Partial<ListContent>} changes
 * @returns {State}
 */
export function putContent(state, listId, changes) {
  const content = { ...state.contents[listId], ...changes };
  return { ...state, contents: { ...state.contents, [listId]: content } };
}

/**
 * Replace a todo, or remove it when `todo` is null, and keep the list's open count true.
 * @param {State} state
 * @param {string} listId
 * @param {string} todoId
 * @param {Todo | null} todo
 * @returns {State}
 */
export function putTodo(state, listId, todoId, todo) {
  const content = state.contents[listId];
  if (!content) return state;
  const before = content.todos.get(todoId);
  const todos = todo ? content.todos.put(todo) : content.todos.remove(todoId);
  return addOpen(
    putContent(state, listId, { todos }),
    listId,
    Number(isOpen(todo)) - Number(isOpen(before)),
  );
}

/**
 * Add `difference` to a list's count of open todos.
 * @param {State} state
 * @param {string} listId
 * @param {number} difference
 * @returns {State}
 */
export function addOpen(state, listId, difference) {
  const list = state.lists[listId];
  if (!list || difference === 0) return state;
  const openCount = Math.max(0, list.open_count + difference);
  return { ...state, lists: { ...state.lists, [listId]: { ...list, open_count: openCount } } };
}

/** How many notifications a snapshot holds at most; older ones stay on the server. */
export const NEWEST_NOTIFICATIONS = 50;

/**
 * Return true if notifications were removed from `before`, so that older ones on the server are
 * among the newest now.
 * @param {Notifications} before
 * @param {Notifications} after
 */
export function lacksNotifications(before, after) {
  const known = Object.values(after.byId);
  if (known.length >= NEWEST_NOTIFICATIONS) return false;
  const unread = known.filter((notification) => !notification.read_at).length;
  return Object.keys(before.byId).length >= NEWEST_NOTIFICATIONS || after.unread > unread;
}

/**
 * Remove a list the user may no longer see; keep its name and the reason for the list's page.
 * @param {State} state
 * @param {string} listId
 * @param {LeaveReason} reason
 * @returns {State}
 */
export function leaveList(state, listId, reason) {
  const list = state.lists[listId];
  if (!list && !state.contents[listId]) {
    return { ...state, streams: without(state.streams, listId) };
  }
  return {
    ...state,
    lists: without(state.lists, listId),
    contents: without(state.contents, listId),
    streams: without(state.streams, listId),
    reminders: Object.fromEntries(
      Object.entries(state.reminders).filter(([, reminder]) => reminder.list_id !== listId),
    ),
    leftLists: { ...state.leftLists, [listId]: { name: list?.name ?? '', reason } },
  };
}

/**
 * Find a todo by its id in whichever list holds it.
 * @param {State} state
 * @param {string} todoId
 * @returns {Todo | null}
 */
export function findTodo(state, todoId) {
  for (const content of Object.values(state.contents)) {
    const todo = content.todos.get(todoId);
    if (todo) return todo;
  }
  return null;
}

/** @type {(position: Position) => StreamPosition} */
const positionIn = ({ epoch, seq }) => ({ epoch, seq });
