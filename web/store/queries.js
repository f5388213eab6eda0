// Queries of the shown state. An answer follows from the state alone; what is computed from a part
// of the state is kept as long as that part is the same object.

import { searchKey, searchWords } from '../format/folding.js';
import { own } from '../own.js';
import { ALLOWED, GUEST_ACTIONS } from './policy.js';
import { byRank } from '../sync/rank.js';
import { isOpen } from '../sync/state.js';
import { childrenOf, DONE, EXAMPLES, OPEN, sorted } from '../sync/todo_order.js';
import { memoized } from './memo.js';

/**
 * @import { MyListShape, PersonalLabelShape } from '../types/contract.d.ts'
 * @import { Action } from './policy.js'
 * @import { Reminder, State, Todo } from '../types/client.d.ts'
 */

/**
 * @param {{name: string, id: string}} a
 * @param {{name: string, id: string}} b
 */
const byName = (a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1);

/** @param {State} state */
export const archivedLists = (state) =>
  Object.values(state.lists).filter((list) => list.archived_at && !list.deleted_at).sort(byName);

/**
 * Return true if the user sees the administration, or a part of it.
 * @param {State} state
 */
export const isAdministrator = ({ account }) => Boolean(account) && account?.site_role !== 'user';

/** @param {State} state */
export const inboxOf = (state) => Object.values(state.lists).find((list) => list.is_inbox) ?? null;

/**
 * @param {State} state
 * @param {string} listId
 */
export const isLoaded = (state, listId) => Boolean(own(state.contents, listId));

/**
 * Return true if all todos of a list are loaded, not only the first ones.
 * @param {State} state
 * @param {string} listId
 */
export const isWhole = (state, listId) => Boolean(own(state.contents, listId)?.isWhole);

/**
 * Return true if a guest uses this page by a share link: no account has an empty address.
 * @param {State} state
 */
export const isGuest = (state) => state.account?.email === '';

/**
 * Return true if the user's role in a list allows an action. In the trash a list is only restored.
 * @param {State} state
 * @param {string} listId
 * @param {Action} action
 */
export const may = (state, listId, action) => {
  const list = own(state.lists, listId);
  if (!list || (list.deleted_at && action !== 'restore_list')) return false;
  return ALLOWED[action].includes(list.role) && !(isGuest(state) && !GUEST_ACTIONS.has(action));
};

/**
 * @param {State} state
 * @param {string} listId
 */
export const canEdit = (state, listId) => may(state, listId, 'edit_todo');

/**
 * Return the top-level todos of a list: open ones by rank, finished ones the newest first.
 * @param {State} state
 * @param {string} listId
 */
export function todosOf(state, listId) {
  const todos = own(state.contents, listId)?.todos;
  return { open: sorted(todos, OPEN), done: sorted(todos, DONE) };
}

/**
 * Return the open todos that show a new user around.
 * @param {State} state
 * @param {string} listId
 */
export const examplesOf = (state, listId) => sorted(own(state.contents, listId)?.todos, EXAMPLES);

/**
 * Return the todos that a user may place a todo among: the open ones beside it, by rank.
 * @param {State} state
 * @param {Todo} todo
 */
export const siblingsOf = (state, { list_id: listId, parent_id: parentId }) => {
  const todos = state.contents[listId]?.todos;
  return parentId ? childrenOf(todos, parentId).filter(isOpen) : sorted(todos, OPEN);
};

/**
 * @param {State} state
 * @param {Todo} todo
 */
export const subtasksOf = (state, todo) => childrenOf(state.contents[todo.list_id]?.todos, todo.id);

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
 * Return the labels on a todo: those of its list, then the user's own.
 * @param {State} state
 * @param {Todo} todo
 * @returns {(PersonalLabelShape & {isOwn?: boolean})[]}
 */
export function labelsOn(state, todo) {
  const labels = state.contents[todo.list_id]?.labels ?? {};
  const mine = own(state.labelled, todo.id) ?? [];
  return [
    ...todo.labels.map((id) => labels[id]),
    ...mine.map((id) => state.personalLabels[id] && { ...state.personalLabels[id], isOwn: true }),
  ].filter(Boolean);
}

const countDone = memoized((/** @type {readonly Todo[]} */ subtasks) => ({
  done: subtasks.filter((todo) => !isOpen(todo)).length,
  all: subtasks.length,
}));

/**
 * Count the subtasks of a todo; null if it has none.
 * @param {State} state
 * @param {Todo} todo
 */
export const subtaskCount = (state, todo) => {
  const subtasks = subtasksOf(state, todo);
  return subtasks.length > 0 ? countDone(subtasks) : null;
};

/**
 * @param {State} state
 * @param {string} listId
 */
export const membersOf = (state, listId) =>
  Object.values(own(state.contents, listId)?.members ?? {})
    .sort((a, b) => byName(a.user, b.user));

/**
 * Return the members without guests, to whom nothing is assigned.
 * @param {State} state
 * @param {string} listId
 */
export const accountsOf = (state, listId) =>
  membersOf(state, listId).filter((member) => !member.link_id);

/**
 * Return true if the user is known to be the only owner of a list, who cannot leave it.
 * @param {State} state
 * @param {MyListShape} list
 */
export const isLastOwner = (state, { id, role }) =>
  role === 'owner' && own(state.contents, id) !== undefined &&
  !membersOf(state, id).some((member) =>
    member.role === 'owner' && member.user.id !== state.account?.id
  );

/**
 * Return the name of a label or a member of a list; null if it is not known any more.
 * @param {State} state
 * @param {string} listId
 * @param {string} id
 */
export const nameOf = (state, listId, id) => {
  const content = own(state.contents, listId);
  if (!content) return null;
  return own(content.labels, id)?.name ?? own(content.members, id)?.user.name ?? null;
};

/**
 * @param {State} state
 * @param {string} listId
 */
export const labelsOf = (state, listId) =>
  Object.values(own(state.contents, listId)?.labels ?? {}).sort(byName);

/** @param {State} state */
export const ownLabels = (state) => Object.values(state.personalLabels).sort(byName);

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

const remindersByTodo = memoized((/** @type {Record<string, Reminder>} */ reminders) => {
  const live = Object.values(reminders).filter(({ state }) => state !== 'cancelled')
    .sort((a, b) => ((a.fires_at ?? '') < (b.fires_at ?? '') ? -1 : 1));
  return Map.groupBy(live, (reminder) => reminder.todo_id);
});

/**
 * Return the reminders of a todo, the earliest first.
 * @param {State} state
 * @param {string} todoId
 */
export const remindersOf = (state, todoId) => remindersByTodo(state.reminders).get(todoId) ?? [];

/**
 * Return the comments of a todo, the oldest first; null while they are not open.
 * @param {State} state
 * @param {Todo} todo
 */
export const commentsOf = (state, todo) => {
  const thread = own(state.contents, todo.list_id)?.comments[todo.id];
  if (!thread) return null;
  const items = Object.values(thread.byId).sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  return { loaded: thread.loaded, items };
};

const textOf = (/** @type {Todo} */ todo) => `${todo.title}\n${todo.description}`;
/** What is searched of a todo, folded. */
export const searchText = memoized((/** @type {Todo} */ todo) => searchKey(textOf(todo)));
const hasWord = (/** @type {string} */ text, /** @type {string} */ word) => text.includes(word);
const spelling = (/** @type {string} */ text) => text.normalize('NFC').toLowerCase();

/**
 * Return the todos whose title or description contains every word of `text`: open ones first, then
 * those that spell the words as they were typed, such as "Zahler" before "Zähler".
 * @param {State} state
 * @param {string} text
 * @param {{
 *   listId?: string, limit?: number, has?: (text: string, word: string) => boolean,
 * }} [options] `listId`: of that list alone; `has`: whether a folded text has a word
 */
export function searchTodos(state, text, { listId, limit = 30, has = hasWord } = {}) {
  const words = searchWords(text);
  if (words.length === 0) return [];
  const { contents } = state;
  const only = listId ? own(contents, listId) : undefined;
  const searched = listId ? (only ? [only] : []) : Object.values(contents);
  const found = searched.flatMap(({ todos }) => [...todos])
    .filter((todo) => words.every((word) => has(searchText(todo), word)));
  const typed = spelling(text).split(/\s+/).filter(Boolean);
  const isExact = new Map(
    found.map((todo) => [todo, typed.every((word) => spelling(textOf(todo)).includes(word))]),
  );
  return found
    .sort((a, b) =>
      Number(isOpen(b)) - Number(isOpen(a)) ||
      Number(isExact.get(b)) - Number(isExact.get(a)) || byRank(a, b)
    )
    .slice(0, limit);
}
