// What a notification says, from the ids it holds and what this person can see now. Pure: what is
// gone, or no longer theirs, has no name here.

import { findTodo } from '../sync/state.js';
import { shorten } from './shorten.js';

/**
 * @returns {{who: string, words: string, what: string, where: string, path: string | null, mark: string}}
 */
export function notificationText(state, notification) {
  const who = notification.actor?.name ?? 'Somebody';
  const todo = notification.todo_id ? findTodo(state, notification.todo_id) : null;
  const list = state.lists[todo?.list_id ?? notification.list_id];
  const what = todo ? `“${shorten(todo.title, 80)}”` : 'a todo';
  const where = todo && list ? (list.is_inbox ? 'Inbox' : list.name) : '';
  const path = todo
    ? `/lists/${todo.list_id}?todo=${encodeURIComponent(todo.id)}`
    : notification.todo_id && list && !state.contents[list.id]
    ? `/lists/${list.id}?todo=${encodeURIComponent(notification.todo_id)}`
    : null;
  const common = { who, what, where, path };
  switch (notification.kind) {
    case 'assigned':
      return { ...common, words: 'assigned you', mark: 'user' };
    case 'mentioned':
      return { ...common, words: 'mentioned you on', mark: 'comment' };
    case 'commented':
      return { ...common, words: 'commented on', mark: 'comment' };
    case 'reminded':
      return { ...common, who: '', words: 'Reminder:', mark: 'bell' };
    case 'invited':
      return { ...common, ...invitation(state, notification), mark: 'mail' };
    case 'removed':
      return {
        ...common,
        words: 'removed you from',
        what: `“${shorten(notification.list_name ?? 'a list', 80)}”`,
        path: null,
        mark: 'leave',
      };
    default:
      return { ...common, words: 'did something with', mark: 'bell' };
  }
}

function invitation(state, notification) {
  const open = state.invitations[notification.invitation_id];
  if (open) {
    return {
      words: 'invites you to',
      what: `“${shorten(open.list_name, 80)}”`,
      where: '',
      path: null,
    };
  }
  const joined = state.lists[notification.list_id];
  return joined
    ? {
      words: 'invited you to',
      what: `“${shorten(joined.name, 80)}”`,
      where: '',
      path: `/lists/${joined.id}`,
    }
    : { words: 'invited you to', what: 'a list', where: 'The invitation is over', path: null };
}
