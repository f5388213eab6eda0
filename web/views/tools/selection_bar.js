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
 * @import { Todo, TodoMenuKind } from '../../types/client.d.ts'
 * @import { Child } from '../../types/dom.d.ts'
 * @import { IconName } from '../base/icons.js'
 */

/** @returns {[TodoMenuKind, IconName, string][]} */
const menus = () => [
  ['status', 'clock', t('Status')],
  ['due', 'calendar', t('Due')],
  ['priority', 'flag', t('Priority')],
  ['labels', 'tag', t('Labels')],
  ['assignees', 'user', t('Assign')],
  ['move', 'move', t('Move')],
];

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
        this.#actions(todos),
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

  /**
   * @param {Todo[]} todos
   * @returns {Child[]}
   */
  #actions(todos) {
    const { app } = this;
    const mayEdit = mayOnAll(app, todos, 'edit_todo');
    const tick = todos.some(isOpen) ? t('Complete') : t('Reopen');
    return [
      mayEdit && action('check', tick, () => tickSelected(app)),
      menus().map(([kind, name, label]) =>
        isOffered(app, todos, kind) &&
        action(name, label, (button) => openMenuForAll(app, kind, button))
      ),
      mayOnAll(app, todos, 'create_todo') &&
      action('plus', t('Duplicate'), () => duplicateTodos(app, todos)),
      mayOnAll(app, todos, 'delete_todo') &&
      action('trash', t('Move to the trash'), () => removeSelected(app)),
    ];
  }
}

/**
 * @param {IconName} name
 * @param {string} label
 * @param {(button: Element) => void} run
 */
const action = (name, label, run) =>
  h(
    'button',
    {
      key: label,
      class: 'selection-action',
      onClick: (event) => run(event.currentTarget),
    },
    icon(name),
    h('span', null, label),
  );

customElements.define('ll-selection-bar', SelectionBar);
