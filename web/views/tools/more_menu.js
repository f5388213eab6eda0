// The menu with all that can be done to one todo, or to all selected ones.

import { shorten } from '../../format/shorten.js';
import { t, tn } from '../../languages/translate.js';
import { canEdit, may } from '../../store/queries.js';
import { isOpen } from '../../sync/state.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { ALT, reorder } from '../shell/keyboard.js';
import { removeWithUndo } from '../shell/undo_toasts.js';
import { item } from '../dialogs/menu_item.js';
import { duplicateTodo, indent, outdent } from './duplicating.js';
import { keysText } from './keys.js';
import { toggleSelected } from './selecting.js';
import { actionsOnAll } from './selection_bar.js';
import { progressText, setStatus, statusName, toggleProgress } from './status_menu.js';

/**
 * @import { TodoMenuKind } from '../../types/client.d.ts'
 * @import { Child } from '../../types/dom.d.ts'
 * @import { IconName } from '../base/icons.js'
 * @import { TodoMenuProps } from '../dialogs/todo_menus.js'
 */

// Rows have buttons for the commonest menus (styles/rows.css), but not on a touch screen.
const HAS_BUTTONS = matchMedia('(hover: hover)');

/** @extends {View<TodoMenuProps>} */
export class MoreMenu extends View {
  render() {
    const { todo, todos, onDone } = this.props;
    if (todos.length > 1) return this.#ofAll();
    /** @param {() => void} work */
    const run = (work) => () => {
      onDone();
      work();
    };
    const open = this.#isOfDetails ? null : item(
      icon('right'),
      t('Open details'),
      run(() => this.app.router.openTodo(todo.id)),
      { hint: keysText('Enter') },
    );
    const remind = this.#menuItem('reminder', 'bell', t('Remind me'), 'r');
    const labels = this.#menuItem('labels', 'tag', t('Labels'), 'l');
    // By a long press only: the row has no other actions.
    if (!canEdit(this.state, todo.list_id)) {
      return [
        open,
        may(this.state, todo.list_id, 'set_reminder') ? remind : null,
        may(this.state, todo.list_id, 'label_privately') ? labels : null,
      ];
    }
    return [this.#edits(run, [open, remind, labels]), this.#moves(run)];
  }

  #ofAll() {
    const { app, props: { todos, onDone } } = this;
    return [
      h('div', { class: 'menu-title' }, tn(todos.length, '{count} todo', '{count} todos')),
      actionsOnAll(app, todos).map(({ mark, label, hint, danger, run }) => {
        const act = () => {
          const { menu } = app.ui;
          onDone();
          if (menu) run(menu.anchor, menu.at);
        };
        return item(icon(mark), label, act, { hint, danger });
      }),
    ];
  }

  /** In the details, the title is a field. Rows of subtasks are there, too. */
  get #isOfDetails() {
    const anchor = this.app.ui.menu?.anchor;
    return Boolean(anchor?.closest('ll-todo-detail') && !anchor.closest('ll-todo-row'));
  }

  /**
   * @param {TodoMenuKind} kind
   * @param {IconName} name
   * @param {string} label
   * @param {string} [hint]
   */
  #menuItem(kind, name, label, hint) {
    const { ui } = this.app;
    const open = () => {
      if (!ui.menu) return;
      const { anchor, at } = ui.menu;
      ui.openMenu({ kind, anchor, at, todoId: this.props.todo.id });
    };
    return item(icon(name), label, open, { hint });
  }

  /**
   * @param {(work: () => void) => () => void} run
   * @param {[Child, Child, Child]} items
   */
  #edits(run, [open, remind, labels]) {
    const { todo } = this.props;
    const { ui, actions } = this.app;
    return [
      HAS_BUTTONS.matches ? null : [
        h('div', { class: 'menu-title' }, shorten(todo.title)),
        this.#menuItem('due', 'calendar', t('Due date'), 'd'),
        this.#menuItem('priority', 'flag', t('Priority'), 'p'),
        this.#menuItem('assignees', 'user', t('Assign'), 'a'),
      ],
      this.#isOfDetails
        ? null
        : item(icon('pencil'), t('Edit the title'), run(() => ui.set({ editing: todo.id })), {
          hint: 'e',
        }),
      open,
      item(icon('check'), t('Select'), run(() => this.#select()), { hint: keysText('Shift+X') }),
      remind,
      this.#menuItem('repeat', 'repeat', t('Repeat')),
      todo.repeat && isOpen(todo)
        ? item(icon('right'), t('Skip this one'), run(() => actions?.skip(todo.id)))
        : null,
      labels,
    ];
  }

  /** @param {(work: () => void) => () => void} run */
  #moves(run) {
    const { todo } = this.props;
    return [
      this.#menuItem('move', 'move', t('Move to a list'), 'm'),
      item(icon('plus'), t('Duplicate'), run(() => duplicateTodo(this.app, this.props.todo)), {
        hint: keysText('Shift+D'),
      }),
      this.#depthItem(run),
      this.#statusItems(run),
      item(icon('left', 'turned'), t('Move up'), run(() => reorder(this.app, todo, -1)), {
        hint: `${ALT}↑`,
      }),
      item(icon('right', 'turned'), t('Move down'), run(() => reorder(this.app, todo, 1)), {
        hint: `${ALT}↓`,
      }),
      item(icon('trash'), t('Move to the trash'), run(() => removeWithUndo(this.app, todo)), {
        hint: keysText('Del'),
        danger: true,
      }),
    ];
  }

  /** @param {(work: () => void) => () => void} run */
  #depthItem(run) {
    return this.props.todo.parent_id
      ? item(
        icon('left'),
        t('Make a todo of its own'),
        run(() => outdent(this.app, this.props.todo)),
        {
          hint: `${ALT}←`,
        },
      )
      : item(
        icon('subtasks'),
        t('Make a subtask of the one above'),
        run(() => indent(this.app, this.props.todo)),
        {
          hint: `${ALT}→`,
        },
      );
  }

  #select() {
    const { app, props: { todo } } = this;
    toggleSelected(app, todo.id);
  }

  /** @param {(work: () => void) => () => void} run */
  #statusItems(run) {
    const { app, props: { todo } } = this;
    // The circle reopens it.
    if (!isOpen(todo)) return null;
    return [
      item(icon('clock'), progressText([todo]), run(() => toggleProgress(app, [todo])), {
        hint: 'i',
      }),
      item(icon('close'), statusName('cancelled'), run(() => setStatus(app, [todo], 'cancelled'))),
    ];
  }
}

customElements.define('ll-more-menu', MoreMenu);
