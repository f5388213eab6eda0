// What a menu is called, as a screen reader says it when it opens: after what opened it, and what
// it is about.

import { listName } from '../../format/list_name.js';
import { shorten } from '../../format/shorten.js';
import { message, t, tn } from '../../languages/translate.js';
import { own } from '../../own.js';
import { findTodo } from '../../sync/state.js';

/**
 * @import { App } from '../../app.js'
 * @import { Menu, TodoMenuKind } from '../../types/client.d.ts'
 */

/** What the menus of todos change, as their buttons say it. @type {Record<TodoMenuKind, string>} */
const OF_TODOS = {
  status: message('Status'),
  due: message('Due date'),
  repeat: message('Repeat'),
  reminder: message('Remind me'),
  priority: message('Priority'),
  labels: message('Labels'),
  assignees: message('Assign'),
  move: message('Move to a list'),
  more: message('More'),
};

/**
 * @param {App} app
 * @param {Menu} menu
 */
export function menuName({ store }, menu) {
  const { shown } = store;
  switch (menu.kind) {
    case 'account':
      return t('Account of {name}', { name: shown.account?.name ?? '' });
    case 'notifications':
      return t('Notifications');
    case 'folder':
      return t('More about {name}', { name: own(shown.folders, menu.folderId)?.name ?? '' });
    case 'list':
      return t('More about {name}', { name: listName(shown.lists[menu.listId]) });
    case 'place':
      return t('Move “{name}”', { name: listName(shown.lists[menu.listId]) });
    case 'view':
      return `${t('View')}: ${listName(shown.lists[menu.listId])}`;
  }
  // Another user may have deleted some since the menu opened.
  const todos = (menu.todoIds ?? [menu.todoId])
    .flatMap((id) => findTodo(shown, store.realId(id)) ?? []);
  const about = todos.length > 1
    ? tn(todos.length, '{count} todo', '{count} todos')
    : shorten(todos[0]?.title ?? '');
  return `${t(OF_TODOS[menu.kind])}: ${about}`;
}
