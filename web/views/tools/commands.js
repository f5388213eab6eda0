// What the palette can do beside going somewhere: every action on the selected todos, on the todo
// in focus, on the list of the page, and on the account.

import { listName } from '../../format/list_name.js';
import { feedOf } from '../../format/settings_links.js';
import { shorten } from '../../format/shorten.js';
import { message, t, tn } from '../../languages/translate.js';
import { isFiltering } from '../../store/list_views/views.js';
import { isAdministrator, may, ownLabels } from '../../store/queries.js';
import { NO_SELECTION } from '../../store/ui_state.js';
import { PLAIN } from '../../sync/requests.js';
import { findTodo, isOpen } from '../../sync/state.js';
import { openActivity } from '../activity/open_activity.js';
import { chooseFiles } from '../attachments/choose_files.js';
import { afterDrawing } from '../base/frame.js';
import { icon } from '../base/icons.js';
import { listActions } from '../dialogs/list_menu.js';
import { viewOf } from '../pages/list_head.js';
import { anchorOf, sectionTitles } from '../pages/settings/parts/section_titles.js';
import { anchorFor, reorder, tickAndGoOn } from '../shell/keyboard.js';
import { focusTodo, shownIds } from '../shell/row_navigation.js';
import { isSelecting } from '../shell/tools_loading.js';
import { removeWithUndo, undo } from '../shell/undo_toasts.js';
import { duplicateTodo, duplicateTodos, indent, outdent } from './duplicating.js';
import { setView } from './list_view.js';
import {
  isOffered,
  mayOnAll,
  openMenuForAll,
  removeSelected,
  selectAll,
  selectedTodos,
  tickSelected,
  toggleSelected,
} from './selecting.js';
import { progressText, setStatus, statusName, toggleProgress } from './status_menu.js';
import { groups, sorts } from './view_texts.js';

/**
 * @import { App } from '../../app.js'
 * @import { ListView, MyListShape, ViewGroup, ViewSort } from '../../types/contract.d.ts'
 * @import { Todo, TodoMenuKind } from '../../types/client.d.ts'
 * @import { Action } from '../../store/policy.js'
 * @import { IconName } from '../base/icons.js'
 * @import { Entry } from '../dialogs/palette/palette_entries.js'
 */

/**
 * @param {string} hint a key, or what it is done to
 * @returns {(name: IconName, label: string, run: () => void, hint?: string) => Entry}
 */
const entries = (hint) => (name, label, run, key = hint) => ({
  key: `do ${label} ${hint}`,
  mark: icon(name),
  label,
  hint: key,
  // Until the dialog is gone the page is inert.
  run: () => afterDrawing(run),
});

/** @returns {[TodoMenuKind, IconName, string][]} */
const menus = () => [
  ['status', 'clock', t('Status…')],
  ['due', 'calendar', t('Due date…')],
  ['priority', 'flag', t('Priority…')],
  ['labels', 'tag', t('Labels…')],
  ['assignees', 'user', t('Assign…')],
  ['move', 'move', t('Move to a list…')],
];

/**
 * @param {App} app
 * @param {Todo[]} todos
 * @param {ReturnType<typeof entries>} entry
 */
function ofStatus(app, todos, entry) {
  const open = todos.filter(isOpen);
  return mayOnAll(app, open, 'edit_todo')
    ? [
      entry('clock', progressText(open), () => toggleProgress(app, open)),
      entry('close', statusName('cancelled'), () => setStatus(app, open, 'cancelled')),
    ]
    : [];
}

/**
 * @param {App} app
 * @returns {Entry[]}
 */
function onSelection(app) {
  const todos = selectedTodos(app);
  const entry = entries(tn(todos.length, '{count} selected', '{count} selected'));
  const bar = document.querySelector('ll-selection-bar');
  return [
    entry('check', todos.some(isOpen) ? t('Complete') : t('Reopen'), () => tickSelected(app)),
    ...menus().flatMap(([kind, name, label]) =>
      bar && isOffered(app, todos, kind)
        ? [entry(name, label, () => openMenuForAll(app, kind, bar))]
        : []
    ),
    ...ofStatus(app, todos, entry),
    ...(mayOnAll(app, todos, 'create_todo')
      ? [entry('plus', t('Duplicate'), () => duplicateTodos(app, todos))]
      : []),
    entry('trash', t('Move to the trash'), () => removeSelected(app)),
    entry('close', t('Clear the selection'), () => app.ui.set({ selection: NO_SELECTION })),
  ];
}

/**
 * @param {App} app
 * @param {Todo} todo
 * @returns {Entry[]}
 */
function onTodo(app, todo) {
  const { ui, router, store: { shown } } = app;
  const entry = entries(t('“{text}”', { text: shorten(todo.title, 30) }));
  /** @param {TodoMenuKind} kind */
  const menu = (kind) => () => {
    focusTodo(todo.id);
    ui.openMenu({ kind, anchor: anchorFor(todo.id), todoId: todo.id });
  };
  const open = entry('right', t('Open details'), () => router.openTodo(todo.id));
  const remind = may(shown, todo.list_id, 'set_reminder')
    ? [entry('bell', t('Remind me…'), menu('reminder'))]
    : [];
  const activity = app.guest || todo.pending
    ? []
    : [entry('clock', t('Activity of the todo'), () => openActivity(app, todo.list_id, todo.id))];
  if (!may(shown, todo.list_id, 'edit_todo')) {
    const labels = may(shown, todo.list_id, 'label_privately');
    const own = labels ? [entry('tag', t('Labels…'), menu('labels'))] : [];
    return [open, ...remind, ...own, ...activity];
  }
  return [
    entry('check', isOpen(todo) ? t('Complete') : t('Reopen'), () => tickAndGoOn(app, todo)),
    entry('pencil', t('Edit the title'), () => ui.set({ editing: todo.id })),
    open,
    ...menus().map(([kind, name, label]) => entry(name, label, menu(kind))),
    ...remind,
    entry('repeat', t('Repeat…'), menu('repeat')),
    ...editsOf(app, todo, entry),
    ...activity,
    entry('trash', t('Move to the trash'), () => removeWithUndo(app, todo)),
  ];
}

/**
 * Return what can be done to a todo without a menu.
 * @param {App} app
 * @param {Todo} todo
 * @param {ReturnType<typeof entries>} entry
 */
const editsOf = (app, todo, entry) => [
  ...(todo.repeat && isOpen(todo)
    ? [entry('right', t('Skip this one'), () => app.actions?.skip(todo.id))]
    : []),
  ...ofStatus(app, [todo], entry),
  entry('plus', t('Duplicate'), () => duplicateTodo(app, todo)),
  todo.parent_id
    ? entry('left', t('Make a todo of its own'), () => outdent(app, todo))
    : entry('subtasks', t('Make a subtask of the one above'), () => indent(app, todo)),
  entry('left', t('Move up'), () => reorder(app, todo, -1)),
  entry('right', t('Move down'), () => reorder(app, todo, 1)),
  entry('check', t('Select'), () => toggleSelected(app, todo.id)),
  ...(may(app.store.shown, todo.list_id, 'attach_file')
    ? [entry('clip', t('Attach files'), () => chooseFiles(app, todo))]
    : []),
];

/**
 * @param {App} app
 * @param {MyListShape} list
 * @returns {Entry[]}
 */
function onView(app, list) {
  const view = viewOf(app, list.id) ?? PLAIN;
  const entry = entries(t('View'));
  /** @param {Partial<ListView>} changes */
  const change = (changes) => () => setView(app, list.id, { ...view, ...changes });
  const button = document.querySelector('.view-button');
  return [
    ...(button instanceof HTMLElement
      ? [entry('view', t('Filter, sort and group…'), () => button.click())]
      : []),
    ...Object.entries(groups()).map(([group, label]) =>
      entry(
        'view',
        t('Group: {field}', { field: label }),
        change({ group: /** @type {ViewGroup} */ (group) }),
      )
    ),
    ...Object.entries(sorts()).map(([sort, label]) =>
      entry(
        'view',
        t('Sort: {order}', { order: label }),
        change({ sort: /** @type {ViewSort} */ (sort) }),
      )
    ),
    entry('view', t('Clear the filter'), change({ filter: PLAIN.filter })),
    ...(isFiltering(view.filter) && !app.guest
      ? [
        entry(
          'calendar',
          t('Calendar feed with this filter…'),
          () => app.router.go(feedOf(list.id, { filtered: true })),
        ),
      ]
      : []),
    entry('view', t('Show the list as it is'), change(PLAIN)),
  ];
}

/**
 * @param {App} app
 * @param {MyListShape} list
 * @returns {Entry[]}
 */
function onList(app, list) {
  const entry = entries(shorten(listName(list), 30));
  return [
    ...(shownIds().length > 0 ? [entry('check', t('Select all todos'), () => selectAll(app))] : []),
    ...listActions(app, list).map(({ mark, label, named, run }) =>
      entry(mark, named ?? label, run)
    ),
  ];
}

/**
 * @param {App} app
 * @returns {Entry[]}
 */
function onAccount(app) {
  const { router } = app;
  const entry = entries(t('Do'));
  /** @param {string} section its title in English */
  const settings = (section) => () => router.go(`/settings#${anchorOf(section)}`);
  const bell = [...document.querySelectorAll('.bell')]
    .find((each) => each instanceof HTMLElement && each.offsetParent !== null);
  return [
    entry('left', t('Undo'), () => undo(app), 'u'),
    ...(bell instanceof HTMLElement
      ? [entry('bell', t('Notifications'), () => bell.click(), 'n')]
      : []),
    ...(app.guest ? [] : [
      ...ownLabels(app.store.shown).map(({ id, name }) =>
        entry('tag', name, () => router.go(`/labels/${id}`), t('My label'))
      ),
      entry('plus', t('New label only for me'), () => app.ui.openDialog({ kind: 'label' })),
      entry('download', t('Import todos'), settings('Import')),
      entry('settings', t('Change the password'), settings('Password')),
      entry('trash', t('Delete my account'), settings(message('Your data'))),
      ...sectionTitles().map((title) =>
        entries(t('Settings'))('settings', t(title), settings(title))
      ),
    ]),
    ...(isAdministrator(app.store.shown)
      ? [entry('users', t('Administration'), () => router.go('/admin'))]
      : []),
  ];
}

/**
 * Return what can be done now: with the selected todos, or else with a todo.
 * @param {App} app
 * @param {{todoId?: string, listId?: string}} about the todo in focus, and the list of the page
 * @returns {Entry[]}
 */
export function commandsOf(app, { todoId, listId }) {
  const { shown } = app.store;
  const todo = todoId ? findTodo(shown, app.store.realId(todoId)) : null;
  const list = listId ? shown.lists[listId] : undefined;
  return [
    ...(isSelecting(app) ? onSelection(app) : todo ? onTodo(app, todo) : []),
    ...(list ? [...onView(app, list), ...onList(app, list)] : []),
    ...onAccount(app),
  ];
}
