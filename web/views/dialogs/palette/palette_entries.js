// What the palette always offers: the pages to go to, and what can be done on each.

import { t } from '../../../languages/translate.js';
import { orderedLists } from '../../../store/placement/my_lists.js';
import { inboxOf } from '../../../store/queries.js';
import { icon } from '../../base/icons.js';
import { listMark } from '../../base/list_mark.js';
import { stepList } from '../../placement/moving.js';
import { askAndSignOut } from '../../shell/sign_out.js';
import { applyTheme } from '../../shell/theme.js';

/**
 * @import { App } from '../../../app.js'
 * @import { Child } from '../../../types/dom.d.ts'
 * @import { IconName } from '../../base/icons.js'
 */

/**
 * @typedef {object} Entry
 * @property {string} key
 * @property {Child} mark
 * @property {string} label
 * @property {string} hint
 * @property {boolean} [isDone]
 * @property {string} [found] the part of a comment that was found
 * @property {() => void} run
 */

/**
 * Return the entries that go to a page.
 * @param {App} app
 * @returns {Entry[]}
 */
export function pagesOf({ router, store: { shown } }) {
  const inbox = inboxOf(shown);
  /** @type {(key: string, mark: Child, label: string, path: string) => Entry} */
  const page = (key, mark, label, path) => ({
    key,
    mark,
    label,
    hint: t('Go to'),
    run: () => router.go(path),
  });
  return [
    page('today', icon('today', 'tint-today'), t('Today'), '/today'),
    page('upcoming', icon('calendar', 'tint-upcoming'), t('Upcoming'), '/upcoming'),
    ...(inbox
      ? [page('inbox', icon('inbox', 'tint-inbox'), t('Inbox'), `/lists/${inbox.id}`)]
      : []),
    ...orderedLists(shown).map((list) =>
      page(list.id, listMark(list), list.name, `/lists/${list.id}`)
    ),
    page('trash', icon('trash'), t('Trash'), '/trash'),
    page('settings', icon('settings'), t('Settings'), '/settings'),
  ];
}

/**
 * Return the entries that do something.
 * @param {App} app
 * @returns {Entry[]}
 */
export function actionsOf(app) {
  const { ui } = app;
  /** @type {(key: string, name: IconName, label: string, run: () => void) => Entry} */
  const action = (key, name, label, run) => ({
    key,
    mark: icon(name),
    label,
    hint: t('Do'),
    run,
  });
  return [
    action(
      'new',
      'plus',
      t('New list'),
      () => ui.openDialog({ kind: 'list' }),
    ),
    action(
      'folder',
      'folder',
      t('New folder'),
      () => ui.openDialog({ kind: 'folder' }),
    ),
    ...placingOf(app, action),
    action('help', 'help', t('Keyboard shortcuts'), () => ui.openDialog({ kind: 'help' })),
    action('light', 'today', t('Light appearance'), () => applyTheme('light')),
    action('dark', 'clock', t('Dark appearance'), () => applyTheme('dark')),
    action('out', 'leave', t('Sign out'), () => askAndSignOut(app)),
  ];
}

/**
 * Return the entries that place the list on the page.
 * @param {App} app
 * @param {(key: string, name: IconName, label: string, run: () => void) => Entry} action
 * @returns {Entry[]}
 */
function placingOf(app, action) {
  const list = app.store.shown.lists[app.router.route.listId ?? ''];
  if (!list || list.is_inbox || list.archived_at || app.guest) return [];
  const { id, name, placement: { favourite } } = list;
  const step = (/** @type {1 | -1} */ by) => () => stepList(app, id, by);
  const label = favourite
    ? t('Remove “{name}” from favourites', { name })
    : t('Add “{name}” to favourites', { name });
  return [
    action('star', 'star', label, () => {
      app.actions?.placeList(id, { favourite: !favourite });
    }),
    action('up', 'left', t('Move “{name}” up', { name }), step(-1)),
    action('down', 'right', t('Move “{name}” down', { name }), step(1)),
    action('place', 'folder', t('Move “{name}” to a folder…', { name }), () => {
      const anchor = document.querySelector('.side-link[aria-current]') ?? document.body;
      app.ui.openMenu({ kind: 'place', anchor, listId: id });
    }),
  ];
}
