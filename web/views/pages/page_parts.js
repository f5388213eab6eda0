// Parts that several pages have: an empty state, a skeleton, and what lists of rows draw from.

import { t } from '../../languages/translate.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { WHOLE_ROWS } from '../components/row_window.js';

/**
 * @import { App } from '../../app.js'
 * @import { Child, UsedProps } from '../../types/dom.d.ts'
 * @import { IconName } from '../base/icons.js'
 */

const SKELETON_WIDTHS = [72, 54, 63, 40, 58];

/**
 * Return what rows show besides their todos, as props of their list: it redraws when one changes.
 * @param {App} app
 * @returns {UsedProps}
 */
export function usedByRows({ store, ui, router, live, drafts }) {
  return {
    usesState: store.shown,
    usesUnsent: store.isLate && store.unsentIds,
    usesRefused: drafts.refused,
    usesEditing: ui.editing,
    usesSelection: ui.selection,
    usesOpenTodo: router.route.todoId,
    usesEditors: live?.presence.editors,
    usesMinute: Math.floor(Date.now() / 60_000),
  };
}

/**
 * Return true if a page has so many rows that only those around the view are in the document.
 * @param {number} rows
 */
export const isLong = (rows) => rows > WHOLE_ROWS;

/**
 * Return what a page shows instead of todos.
 * @param {IconName} name
 * @param {string} title
 * @param {string} text
 * @param {Child} [action]
 * @param {'h1' | 'h2'} [heading] `h1` if the page has no other
 */
export function empty(name, title, text, action = null, heading = 'h2') {
  return h(
    'div',
    { class: 'empty', key: 'empty' },
    h('span', { class: 'empty-mark' }, icon(name)),
    h(heading, null, title),
    h('p', null, text),
    action,
  );
}

/** Return grey rows that show that todos are being loaded. */
export function skeleton() {
  const rows = SKELETON_WIDTHS.map((width) =>
    h('div', { class: 'skeleton-row' }, h('i', null), h('b', { vars: { '--width': `${width}%` } }))
  );
  return h('div', {
    class: 'skeleton',
    role: 'status',
    'aria-busy': 'true',
    'aria-label': t('Loading'),
  }, rows);
}
