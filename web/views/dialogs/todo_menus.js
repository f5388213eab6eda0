// The menus of a todo: priority, assignees, list, and all else. All but the last are also
// those of several todos that are selected.

import { priorityName } from '../../format/priorities.js';
import { t } from '../../languages/translate.js';
import { accountsOf, inboxOf, may } from '../../store/queries.js';
import { orderedLists } from '../../store/placement/my_lists.js';
import { isOpen } from '../../sync/state.js';
import { avatar } from '../base/avatar.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { listMark } from '../base/list_mark.js';
import { View } from '../base/view.js';
import { ALT, reorder } from '../shell/keyboard.js';
import { withTools } from '../shell/tools_loading.js';
import { changeTodos, moveWithUndo, removeWithUndo } from '../shell/undo_toasts.js';
import { haveAll, toggle } from './label_menu.js';
import { item } from './menu_item.js';

/**
 * @import { Todo, TodoMenuKind } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

/**
 * @typedef {{todo: Todo, todos: Todo[], onDone: () => void} & UsedProps} TodoMenuProps `todo`: the
 *   first of `todos`, which is the only one unless several are selected
 */

/** @extends {View<TodoMenuProps>} */
export class PriorityMenu extends View {
  render() {
    const { todos, onDone } = this.props;
    return [
      h('div', { class: 'menu-title' }, t('Priority')),
      [5, 4, 3, 2, 1, 0].map((level) =>
        item(h('span', { class: `priority-dot p${level}` }), priorityName(level), () => {
          onDone();
          changeTodos(this.app, todos, () => ({ priority: level }));
        }, { checked: todos.every(({ priority }) => priority === level) })
      ),
    ];
  }
}

/** @extends {View<TodoMenuProps>} */
export class AssigneeMenu extends View {
  render() {
    const { todo, todos } = this.props;
    const { ui } = this.app;
    return [
      h('div', { class: 'menu-title' }, t('Assign to')),
      accountsOf(this.state, todo.list_id).map(({ user }) =>
        item(
          avatar(user, 'small'),
          user.id === this.state.account?.id ? t('{name} (me)', { name: user.name }) : user.name,
          () => toggle(this.app, todos, 'assignees', user.id),
          { checked: haveAll(todos, 'assignees', user.id), key: user.id },
        )
      ),
      this.state.lists[todo.list_id]?.is_inbox
        ? h(
          'p',
          { class: 'menu-empty' },
          t('Your Inbox is yours alone. Move the todo to a shared list to give it to somebody.'),
        )
        : may(this.state, todo.list_id, 'invite_member')
        ? item(
          icon('plus'),
          t('Invite somebody'),
          () => withTools(this.app, () => ui.openDialog({ kind: 'members', listId: todo.list_id })),
        )
        : null,
    ];
  }
}

/** @extends {View<TodoMenuProps>} */
export class MoveMenu extends View {
  render() {
    const inbox = inboxOf(this.state);
    const lists = [...(inbox ? [inbox] : []), ...orderedLists(this.state)]
      .filter((list) => may(this.state, list.id, 'create_todo'));
    return [
      h('div', { class: 'menu-title' }, t('Move to')),
      lists.map((list) =>
        item(
          list.is_inbox ? icon('inbox', 'tint-inbox') : listMark(list),
          list.is_inbox ? t('Inbox') : list.name,
          () => this.#move(list.id),
          {
            checked: this.props.todos.every(({ list_id: listId }) => listId === list.id),
            key: list.id,
          },
        )
      ),
    ];
  }

  /** @param {string} listId */
  #move(listId) {
    const { todo, todos, onDone } = this.props;
    onDone();
    if (todos.length > 1) {
      withTools(this.app, (tools) => tools.moveAllWithUndo(this.app, todos, listId));
    } else moveWithUndo(this.app, todo, listId);
  }
}

/** @extends {View<TodoMenuProps>} */
export class MoreMenu extends View {
  render() {
    const { todo, onDone } = this.props;
    const { ui, router, actions } = this.app;
    /** @param {TodoMenuKind} kind */
    const menu = (kind) => () => {
      if (ui.menu) ui.openMenu({ kind, anchor: ui.menu.anchor, todoId: todo.id });
    };
    /** @param {() => void} work */
    const run = (work) => () => {
      onDone();
      work();
    };
    return [
      item(icon('pencil'), t('Edit title'), run(() => ui.set({ editing: todo.id })), { hint: 'e' }),
      item(icon('right'), t('Open details'), run(() => router.openTodo(todo.id)), {
        hint: 'Enter',
      }),
      item(icon('check'), t('Select'), run(() => this.#select()), { hint: 'Shift+X' }),
      item(icon('bell'), t('Remind me'), menu('reminder'), { hint: 'r' }),
      item(icon('repeat'), t('Repeat'), menu('repeat')),
      todo.repeat && isOpen(todo)
        ? item(icon('right'), t('Skip this one'), run(() => actions?.skip(todo.id)))
        : null,
      item(icon('tag'), t('Labels'), menu('labels'), { hint: 'l' }),
      item(icon('move'), t('Move to a list'), menu('move'), { hint: 'm' }),
      item(icon('plus'), t('Duplicate'), run(this.#with('duplicateTodo')), { hint: t('Shift+D') }),
      this.#depthItem(run),
      todo.status === 'pending' ? this.#inProgress(run) : null,
      item(icon('left', 'turned'), t('Move up'), run(() => reorder(this.app, todo, -1)), {
        hint: `${ALT}↑`,
      }),
      item(icon('right', 'turned'), t('Move down'), run(() => reorder(this.app, todo, 1)), {
        hint: `${ALT}↓`,
      }),
      item(icon('trash'), t('Move to the trash'), run(() => removeWithUndo(this.app, todo)), {
        hint: t('Del'),
        danger: true,
      }),
    ];
  }

  /** @param {(work: () => void) => () => void} run */
  #depthItem(run) {
    return this.props.todo.parent_id
      ? item(icon('left'), t('Make a todo of its own'), run(this.#with('outdent')), {
        hint: `${ALT}←`,
      })
      : item(icon('subtasks'), t('Make a subtask of the one above'), run(this.#with('indent')), {
        hint: `${ALT}→`,
      });
  }

  #select() {
    const { app, props: { todo } } = this;
    withTools(app, (tools) => tools.toggleSelected(app, todo.id));
  }

  /** @param {'duplicateTodo' | 'indent' | 'outdent'} tool */
  #with(tool) {
    const { app, props: { todo } } = this;
    return () => withTools(app, (tools) => tools[tool](app, todo));
  }

  /** @param {(work: () => void) => () => void} run */
  #inProgress(run) {
    const { id } = this.props.todo;
    const begin = run(() => this.app.actions?.editTodo(id, { status: 'in_progress' }));
    return item(icon('clock'), t('Mark as in progress'), begin);
  }
}

customElements.define('ll-priority-menu', PriorityMenu);
customElements.define('ll-assignee-menu', AssigneeMenu);
customElements.define('ll-move-menu', MoveMenu);
customElements.define('ll-more-menu', MoreMenu);
