// A list in the side bar: its colour, its name, and how many of its todos are open.

import { listName } from '../../format/list_name.js';
import { tn } from '../../languages/translate.js';
import { h } from '../base/dom.js';
import { listMark } from '../base/list_mark.js';
import { unsentIcon, unsentMark } from '../base/unsent_mark.js';

/**
 * @import { App } from '../../app.js'
 * @import { MyListShape } from '../../types/contract.d.ts'
 * @import { Child } from '../../types/dom.d.ts'
 */

/**
 * @param {App} app
 * @param {MyListShape} list
 * @param {{mark?: Child, name?: string}} [shown]
 */
export function listLink(app, list, { mark = listMark(list), name = listName(list) } = {}) {
  const { route } = app.router;
  const unsent = unsentMark(app, list.id);
  const isCurrent = route.listId === list.id || (list.is_inbox && route.page === 'home');
  return h(
    'a',
    {
      key: list.id,
      class: 'side-link',
      href: `/lists/${list.id}`,
      draggable: 'false',
      'data-drop-list': list.id,
      'aria-current': isCurrent ? 'page' : undefined,
    },
    mark,
    h('span', { class: 'side-name' }, name),
    unsent && unsentIcon(unsent),
    openCount(list.open_count),
  );
}

/**
 * Return a count of open todos, nothing for none. It says in words what it counts.
 * @param {number} count
 */
export const openCount = (count) =>
  countOf(count, tn(count, '{count} open todo', '{count} open todos'));

/**
 * @param {number} count
 * @param {string} meaning the count in words
 */
export const countOf = (count, meaning, warns = false) =>
  count === 0 ? null : [
    h(
      'span',
      { class: `count ${warns ? 'warns' : ''}`, title: meaning, 'aria-hidden': 'true' },
      count,
    ),
    h('span', { class: 'hidden' }, meaning),
  ];
