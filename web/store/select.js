// Questions to the shown state. Pure; every answer is derived, nothing is kept.

import { byRank } from '../sync/rank.js';
import { isOpen } from '../sync/state.js';
import { addDays, dayOf, localDue } from './dates.js';

export const CAN_EDIT = new Set(['owner', 'editor']);
export const CAN_COMMENT = new Set(['owner', 'editor', 'commenter']);

const byName = (a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1);

/** The lists of the side bar: neither archived nor in the trash, without the Inbox. */
export function myLists(state) {
  return Object.values(state.lists)
    .filter((list) => !list.is_inbox && !list.deleted_at && !list.archived_at).sort(byName);
}

export const archivedLists = (state) =>
  Object.values(state.lists).filter((list) => list.archived_at && !list.deleted_at).sort(byName);

export const inboxOf = (state) => Object.values(state.lists).find((list) => list.is_inbox) ?? null;

export const isLoaded = (state, listId) => Boolean(state.contents[listId]);

export const canEdit = (state, listId) => {
  const list = state.lists[listId];
  return Boolean(list) && !list.deleted_at && CAN_EDIT.has(list.role);
};

export const canComment = (state, listId) => CAN_COMMENT.has(state.lists[listId]?.role);

/** Top-level todos of a list: open ones by rank, finished ones the newest first. */
export function todosOf(state, listId) {
  const all = Object.values(state.contents[listId]?.todos ?? {});
  const top = all.filter((todo) =>
    !todo.parent_id || !state.contents[listId].todos[todo.parent_id]
  );
  return {
    open: top.filter(isOpen).sort(byRank),
    done: top.filter((todo) => !isOpen(todo)).sort(newestDone),
  };
}

const newestDone = (
  a,
  b,
) => ((a.completed_at ?? a.updated_at) < (b.completed_at ?? b.updated_at) ? 1 : -1);

export function subtasksOf(state, todo) {
  return Object.values(state.contents[todo.list_id]?.todos ?? {})
    .filter((child) => child.parent_id === todo.id).sort(byRank);
}

/** {parent id: {done, all}} for a whole list at once: rows ask for it one by one. */
export function subtaskCounts(state, listId) {
  const counts = {};
  for (const todo of Object.values(state.contents[listId]?.todos ?? {})) {
    if (!todo.parent_id) continue;
    const count = (counts[todo.parent_id] ??= { done: 0, all: 0 });
    count.all += 1;
    if (!isOpen(todo)) count.done += 1;
  }
  return counts;
}

/** Open todos with a due date, in all lists that are in use, the earliest first. */
function dated(state, reader) {
  const found = [];
  for (const [listId, content] of Object.entries(state.contents)) {
    const list = state.lists[listId];
    if (!list || list.deleted_at || list.archived_at) continue;
    for (const todo of Object.values(content.todos)) {
      if (!todo.due || !isOpen(todo)) continue;
      found.push({ todo, due: localDue(todo, reader.zone) });
    }
  }
  const key = ({ due }) => `${due.day}T${due.time ?? '99'}`;
  return found.sort((
    a,
    b,
  ) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : byRank(a.todo, b.todo)));
}

/** @returns {{overdue: any[], today: any[]}} */
export function todayTodos(state, reader) {
  const today = dayOf(reader.now, reader.zone);
  const due = dated(state, reader);
  return {
    overdue: due.filter((item) => item.due.day < today).map(({ todo }) => todo),
    today: due.filter((item) => item.due.day === today).map(({ todo }) => todo),
  };
}

/** Days after today that hold something, with what they hold. */
export function upcomingDays(state, reader) {
  const tomorrow = addDays(dayOf(reader.now, reader.zone), 1);
  const days = new Map();
  for (const { todo, due } of dated(state, reader)) {
    if (due.day < tomorrow) continue;
    if (!days.has(due.day)) days.set(due.day, []);
    days.get(due.day).push(todo);
  }
  return [...days].map(([day, todos]) => ({ day, todos }));
}

export const membersOf = (state, listId) =>
  Object.values(state.contents[listId]?.members ?? {})
    .sort((a, b) => byName(a.user, b.user));

/** What a label or a person of a list is called; null: not known any more. */
export const nameOf = (state, listId, id) => {
  const content = state.contents[listId];
  return content?.labels[id]?.name ?? content?.members[id]?.user.name ?? null;
};

export const labelsOf = (state, listId) =>
  Object.values(state.contents[listId]?.labels ?? {}).sort(byName);

export const invitationsOf = (state) =>
  Object.values(state.invitations).sort((a, b) => (a.created_at < b.created_at ? 1 : -1));

/** Whether a reminder of mine comes by mail; unknown means yes. */
export const mailsReminders = (state) => state.preferences?.channels?.reminded?.mail ?? true;

/** What I was told, the newest first. */
export const notificationsOf = (state) =>
  Object.values(state.notifications.byId).sort((a, b) => (a.id < b.id ? 1 : -1));

/** Ids of what I was told of a todo and have not read. */
export const unreadAbout = (state, todoId) =>
  Object.values(state.notifications.byId)
    .filter((notification) => notification.todo_id === todoId && !notification.read_at).map((
      { id },
    ) => id);

export const remindersOf = (state, todoId) =>
  Object.values(state.reminders)
    .filter((reminder) => reminder.todo_id === todoId && reminder.state !== 'cancelled')
    .sort((a, b) => ((a.fires_at ?? '') < (b.fires_at ?? '') ? -1 : 1));

export const commentsOf = (state, todo) => {
  const thread = state.contents[todo.list_id]?.comments[todo.id];
  if (!thread) return null;
  const items = Object.values(thread.byId).sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  return { loaded: thread.loaded, items };
};

/** Todos whose title or notes hold every word of `text`, open ones first. */
export function searchTodos(state, text, limit = 30) {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found = [];
  for (const content of Object.values(state.contents)) {
    for (const todo of Object.values(content.todos)) {
      const haystack = `${todo.title}\n${todo.notes}`.toLocaleLowerCase();
      if (words.every((word) => haystack.includes(word))) found.push(todo);
    }
  }
  return found.sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || byRank(a, b)).slice(
    0,
    limit,
  );
}
