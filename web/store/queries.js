// Queries of the shown state. Pure: every answer is derived, nothing is kept.

import { byRank } from '../sync/rank.js';
import { isOpen } from '../sync/state.js';
import { addDays, dayOf, localDue } from './dates.js';

/**
 * @import { MyListShape } from '../types/contract.d.ts'
 * @import { Reader, State, Todo } from '../types/client.d.ts'
 * @import { LocalDue } from './dates.js'
 */

const CAN_EDIT = new Set(['owner', 'editor']);
const CAN_COMMENT = new Set(['owner', 'editor', 'commenter']);

/**
 * @param {{name: string, id: string}} a
 * @param {{name: string, id: string}} b
 */
const byName = (a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1);

/**
 * Return the lists of the side bar: neither archived nor in the trash, without the Inbox.
 * @param {State} state
 */
export function myLists(state) {
  return Object.values(state.lists)
    .filter((list) => !list.is_inbox && !list.deleted_at && !list.archived_at).sort(byName);
}

/** @param {State} state */
export const archivedLists = (state) =>
  Object.values(state.lists).filter((list) => list.archived_at && !list.deleted_at).sort(byName);

/** @param {State} state */
export const inboxOf = (state) => Object.values(state.lists).find((list) => list.is_inbox) ?? null;

/**
 * @param {State} state
 * @param {string} listId
 */
export const isLoaded = (state, listId) => Boolean(state.contents[listId]);

/**
 * @param {State} state
 * @param {string} listId
 */
export const canEdit = (state, listId) => {
  const list = state.lists[listId];
  return Boolean(list) && !list.deleted_at && CAN_EDIT.has(list.role);
};

/**
 * @param {State} state
 * @param {string} listId
 */
export const canComment = (state, listId) => CAN_COMMENT.has(state.lists[listId]?.role);

/**
 * Return the top-level todos of a list: open ones by rank, finished ones the newest first.
 * @param {State} state
 * @param {string} listId
 */
export function todosOf(state, listId) {
  const todos = state.contents[listId]?.todos ?? {};
  const top = Object.values(todos).filter((todo) => !todo.parent_id || !todos[todo.parent_id]);
  return {
    open: top.filter(isOpen).sort(byRank),
    done: top.filter((todo) => !isOpen(todo)).sort(newestDone),
  };
}

/**
 * @param {Todo} a
 * @param {Todo} b
 */
const newestDone = (a, b) =>
  (a.completed_at ?? a.updated_at) < (b.completed_at ?? b.updated_at) ? 1 : -1;

/**
 * @param {State} state
 * @param {Todo} todo
 */
export function subtasksOf(state, todo) {
  return Object.values(state.contents[todo.list_id]?.todos ?? {})
    .filter((child) => child.parent_id === todo.id).sort(byRank);
}

/**
 * Return the members a todo is assigned to, without those who have left the list.
 * @param {State} state
 * @param {Todo} todo
 */
export function assigneesOf(state, todo) {
  const members = state.contents[todo.list_id]?.members ?? {};
  return todo.assignees.map((id) => members[id]?.user).filter(Boolean);
}

/**
 * Return the labels on a todo.
 * @param {State} state
 * @param {Todo} todo
 */
export function labelsOn(state, todo) {
  const labels = state.contents[todo.list_id]?.labels ?? {};
  return todo.labels.map((id) => labels[id]).filter(Boolean);
}

/**
 * Count the subtasks of a whole list at once, by parent: rows need them one by one.
 * @param {State} state
 * @param {string} listId
 */
export function subtaskCounts(state, listId) {
  /** @type {Record<string, {done: number, all: number}>} */
  const counts = {};
  for (const todo of Object.values(state.contents[listId]?.todos ?? {})) {
    if (!todo.parent_id) continue;
    const count = (counts[todo.parent_id] ??= { done: 0, all: 0 });
    count.all += 1;
    if (!isOpen(todo)) count.done += 1;
  }
  return counts;
}

/**
 * Return the open todos with a due date, of all lists in use, the earliest first.
 * @param {State} state
 * @param {Reader} reader
 */
function dated(state, reader) {
  /** @type {{todo: Todo, due: LocalDue}[]} */
  const found = [];
  for (const [listId, content] of Object.entries(state.contents)) {
    const list = state.lists[listId];
    if (!list || list.deleted_at || list.archived_at) continue;
    for (const todo of Object.values(content.todos)) {
      const due = isOpen(todo) && localDue(todo, reader.zone);
      if (due) found.push({ todo, due });
    }
  }
  /** @param {{due: LocalDue}} item */
  const key = ({ due }) => `${due.day}T${due.time ?? '99'}`;
  return found.sort((a, b) => key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : byRank(a.todo, b.todo));
}

/**
 * @param {State} state
 * @param {Reader} reader
 */
export function todayTodos(state, reader) {
  const today = dayOf(reader.now, reader.zone);
  const due = dated(state, reader);
  return {
    overdue: due.filter((item) => item.due.day < today).map(({ todo }) => todo),
    today: due.filter((item) => item.due.day === today).map(({ todo }) => todo),
  };
}

/**
 * Return the days after today that have todos, with their todos.
 * @param {State} state
 * @param {Reader} reader
 */
export function upcomingDays(state, reader) {
  const tomorrow = addDays(dayOf(reader.now, reader.zone), 1);
  /** @type {Map<string, Todo[]>} */
  const days = new Map();
  for (const { todo, due } of dated(state, reader)) {
    if (due.day < tomorrow) continue;
    days.set(due.day, [...days.get(due.day) ?? [], todo]);
  }
  return [...days].map(([day, todos]) => ({ day, todos }));
}

/**
 * @param {State} state
 * @param {string} listId
 */
export const membersOf = (state, listId) =>
  Object.values(state.contents[listId]?.members ?? {})
    .sort((a, b) => byName(a.user, b.user));

/**
 * Return the name of a label or a member of a list; null if it is not known any more.
 * @param {State} state
 * @param {string} listId
 * @param {string} id
 */
export const nameOf = (state, listId, id) => {
  const content = state.contents[listId];
  return content?.labels[id]?.name ?? content?.members[id]?.user.name ?? null;
};

/**
 * @param {State} state
 * @param {string} listId
 */
export const labelsOf = (state, listId) =>
  Object.values(state.contents[listId]?.labels ?? {}).sort(byName);

/** @param {State} state */
export const invitationsOf = (state) =>
  Object.values(state.invitations).sort((a, b) => (a.created_at < b.created_at ? 1 : -1));

/**
 * Return true if the user's reminders come by mail; so they do while it is unknown.
 * @param {State} state
 */
export const mailsReminders = (state) => state.preferences?.channels?.reminded?.mail ?? true;

/**
 * Return the user's notifications, the newest first.
 * @param {State} state
 */
export const notificationsOf = (state) =>
  Object.values(state.notifications.byId).sort((a, b) => (a.id < b.id ? 1 : -1));

/**
 * Return the ids of the unread notifications about a todo.
 * @param {State} state
 * @param {string} todoId
 */
export const unreadAbout = (state, todoId) =>
  Object.values(state.notifications.byId)
    .filter((notification) => notification.todo_id === todoId && !notification.read_at)
    .map(({ id }) => id);

/**
 * @param {State} state
 * @param {string} todoId
 */
export const remindersOf = (state, todoId) =>
  Object.values(state.reminders)
    .filter((reminder) => reminder.todo_id === todoId && reminder.state !== 'cancelled')
    .sort((a, b) => ((a.fires_at ?? '') < (b.fires_at ?? '') ? -1 : 1));

/**
 * Return the comments of a todo, the oldest first; null while they are not open.
 * @param {State} state
 * @param {Todo} todo
 */
export const commentsOf = (state, todo) => {
  const thread = state.contents[todo.list_id]?.comments[todo.id];
  if (!thread) return null;
  const items = Object.values(thread.byId).sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  return { loaded: thread.loaded, items };
};

/**
 * Return the todos whose title or notes contain every word of `text`, open ones first.
 * @param {State} state
 * @param {string} text
 */
export function searchTodos(state, text, limit = 30) {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found = Object.values(state.contents)
    .flatMap((content) => Object.values(content.todos))
    .filter((todo) => {
      const haystack = `${todo.title}\n${todo.notes}`.toLocaleLowerCase();
      return words.every((word) => haystack.includes(word));
    });
  return found
    .sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || byRank(a, b))
    .slice(0, limit);
}
