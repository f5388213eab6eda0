// The bar at the foot of the page while todos are selected: how many, and what can be done to them.

import { t, tn } from '../../languages/translate.js';
import { renamed } from '../../store/selection.js';
import { NO_SELECTION } from '../../store/ui_state.js';
import { isOpen } from '../../sync/state.js';
import { h } from '../base/dom.js';
import { afterDrawing } from '../base/frame.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { isSelecting } from '../shell/tools_loading.js';
import { duplicateTodos } from './duplicating.js';
import { keysText } from './keys.js';
import {
  clearSelection,
  isOffered,
  mayOnAll,
  openMenuForAll,
  removeSelected,
  retainShown,
  selectedTodos,
  tickSelected,
} from './selecting.js';

/**
 * @import { App } from '../../app.js'
 * @import { Action } from '../../store/policy.js'
 * @import { Menu, Todo, TodoMenuKind } from '../../types/client.d.ts'
 * @import { IconName } from '../base/icons.js'
 */

/**
 * @typedef {object} ActionOnAll
 * @property {IconName} mark
 * @property {string} label
 * @property {string} [hint] its key
 * @property {boolean} [danger]
 * @property {(anchor: Element, at?: Menu['at']) => void} run
 */

/** @returns {[TodoMenuKind, IconName, string, string?][]} */
const menus = () => [
  ['status', 'clock', t('Status')],
  ['due', 'calendar', t('Due'), 'd'],
  ['priority', 'flag', t('Priority'), 'p'],
  ['labels', 'tag', t('Labels'), 'l'],
  ['assignees', 'user', t('Assign'), 'a'],
  ['move', 'move', t('Move'), 'm'],
];

/**
 * Return what can be done to all of the selected todos.
 * @param {App} app
 * @param {Todo[]} todos
 * @returns {ActionOnAll[]}
 */
export function actionsOnAll(app, todos) {
  /** @type {(action: Action, made: ActionOnAll) => ActionOnAll[]} */
  const allowed = (action, made) => mayOnAll(app, todos, action) ? [made] : [];
  const tick = todos.some(isOpen) ? t('Complete') : t('Reopen');
  return [
    ...allowed('edit_todo', {
      mark: 'check',
      label: tick,
      hint: 'c',
      run: () => tickSelected(app),
    }),
    ...menus().filter(([kind]) => isOffered(app, todos, kind)).map(([kind, mark, label, hint]) => ({
      mark,
      label,
      hint,
      run: (/** @type {Element} */ anchor, /** @type {Menu['at']} */ at) =>
        openMenuForAll(app, kind, anchor, at),
    })),
    ...allowed('create_todo', {
      mark: 'plus',
      label: t('Duplicate'),
      hint: keysText('Shift+D'),
      run: () => duplicateTodos(app, todos),
    }),
    ...allowed('delete_todo', {
      mark: 'trash',
      label: t('Move to the trash'),
      hint: keysText('Del'),
      danger: true,
      run: () => removeSelected(app),
    }),
  ];
}

/** @extends {View<{}>} */
export class SelectionBar extends View {
  static watches = true;
  /** The page on which the selection was made. */
  #page = '';

  connected() {
    this.#page = this.#shownPage();
    this.app.router.addEventListener('change', this.#leavePage);
    this.app.store.addEventListener('renamed', this.#rename);
  }

  disconnected() {
    this.app.router.removeEventListener('change', this.#leavePage);
    this.app.store.removeEventListener('renamed', this.#rename);
  }

  /**
   * The server has given a new todo its id.
   * @param {CustomEvent<{from: string, to: string}>} event
   */
  #rename = ({ detail: { from, to } }) => {
    const { ui } = this.app;
    ui.selection = renamed(ui.selection, from, to);
  };

  #shownPage() {
    const { page, listId = '' } = this.app.router.route;
    return `${page} ${listId}`;
  }

  /** A selection ends with its page; opening a todo beside it is no other page. */
  #leavePage = () => {
    const shown = this.#shownPage();
    if (shown !== this.#page) this.app.ui.set({ selection: NO_SELECTION });
    this.#page = shown;
  };

  render() {
    const todos = selectedTodos(this.app);
    const isShown = isSelecting(this.app) && todos.length > 0;
    this.classList.toggle('is-shown', isShown);
    // There all the time: a screen reader announces what changes in it.
    const count = h(
      'p',
      { key: 'count', class: 'selection-count', role: 'status' },
      isShown ? tn(todos.length, '{count} selected', '{count} selected') : '',
    );
    if (!isShown) return [count];
    return [
      count,
      h(
        'div',
        {
          key: 'actions',
          class: 'selection-actions',
          role: 'group',
          'aria-label': t('Change the selected todos'),
        },
        actionsOnAll(this.app, todos).map(button),
      ),
      h('button', {
        key: 'clear',
        class: 'icon-button selection-clear',
        'aria-label': t('Clear the selection'),
        'data-tip': t('Clear (Esc)'),
        onClick: () => clearSelection(this.app),
      }, icon('close')),
    ];
  }

  drawn() {
    if (isSelecting(this.app)) afterDrawing(() => retainShown(this.app));
  }
}

/** @param {ActionOnAll} action */
const button = ({ mark, label, run }) =>
  h(
    'button',
    {
      key: label,
      class: 'selection-action',
      onClick: (event) => run(event.currentTarget),
    },
    icon(mark),
    h('span', null, label),
  );

customElements.define('ll-selection-bar', SelectionBar);
