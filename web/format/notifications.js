// The text of a notification, from the ids it holds and what the user can see now. Pure. What was
// deleted, or is no longer shared with the user, has no name here.

import { listName } from './list_name.js';
import { message, t } from '../languages/translate.js';
import { findTodo } from '../sync/state.js';
import { shorten } from './shorten.js';

/**
 * @import { MyListShape, NotificationShape } from '../types/contract.d.ts'
 * @import { State, Todo } from '../types/client.d.ts'
 * @import { IconName } from '../views/base/icons.js'
 */

/**
 * `path` is where a click leads; null: nowhere.
 * @typedef {{who: string, text: string, what: string, where: string, path: string | null,
 *   mark: IconName}} NotificationText
 */

/**
 * @param {State} state
 * @param {NotificationShape} notification
 * @returns {NotificationText}
 */
export function notificationText(state, notification) {
  const todo = notification.todo_id ? findTodo(state, notification.todo_id) : null;
  const list = listOf(state, todo?.list_id ?? notification.list_id);
  const common = {
    who: notification.actor?.name ?? t('Somebody'),
    what: todo ? quoted(todo.title) : t('a todo'),
    where: todo && list ? listName(list) : '',
    path: pathTo(state, notification, todo, list),
  };
  switch (notification.kind) {
    case 'assigned':
      return { ...common, text: message('{name} assigned you {todo}'), mark: 'user' };
    case 'mentioned':
      return { ...common, text: message('{name} mentioned you on {todo}'), mark: 'comment' };
    case 'commented':
      return { ...common, text: message('{name} commented on {todo}'), mark: 'comment' };
    case 'reminded':
      return { ...common, who: '', text: message('Reminder: {todo}'), mark: 'bell' };
    case 'invited':
      return { ...common, ...invitationText(state, notification), mark: 'mail' };
    case 'removed': {
      const name = notification.list_name;
      const what = name ? quoted(name) : t('a list');
      return {
        ...common,
        text: message('{name} removed you from {todo}'),
        what,
        path: null,
        mark: 'leave',
      };
    }
    default:
      return { ...common, text: message('{name} did something with {todo}'), mark: 'bell' };
  }
}

/** @param {string} name */
const quoted = (name) => t('“{text}”', { text: shorten(name, 80) });

/**
 * @param {State} state
 * @param {string | null} listId
 * @returns {MyListShape | undefined}
 */
const listOf = (state, listId) => listId ? state.lists[listId] : undefined;

/**
 * @param {State} state
 * @param {NotificationShape} notification
 * @param {Todo | null} todo
 * @param {MyListShape | undefined} list
 */
function pathTo(state, notification, todo, list) {
  if (todo) return `/lists/${todo.list_id}?todo=${encodeURIComponent(todo.id)}`;
  // The todo may exist although it is not known here: the list's content may not be loaded yet.
  const mayExist = notification.todo_id && list && !state.contents[list.id];
  if (!mayExist) return null;
  return `/lists/${list.id}?todo=${encodeURIComponent(notification.todo_id ?? '')}`;
}

/**
 * @param {State} state
 * @param {NotificationShape} notification
 */
function invitationText(state, { invitation_id: invitationId, list_id: listId }) {
  const open = invitationId ? state.invitations[invitationId] : undefined;
  if (open) {
    return {
      text: message('{name} invites you to {todo}'),
      what: quoted(open.list_name),
      where: '',
      path: null,
    };
  }
  const joined = listOf(state, listId);
  return joined
    ? {
      text: invitationId
        ? message('{name} invited you to {todo}')
        : message('{name} took you back into {todo}'),
      what: quoted(joined.name),
      where: '',
      path: `/lists/${joined.id}`,
    }
    : {
      text: message('{name} invited you to {todo}'),
      what: t('a list'),
      where: t('The invitation is over'),
      path: null,
    };
}
