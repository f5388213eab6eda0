// The menus of a todo: priority, assignees, list. They are also those of several todos that are
// selected.

import { listName } from '../../format/list_name.js';
import { priorityName } from '../../format/priorities.js';
import { t } from '../../languages/translate.js';
import { accountsOf, inboxOf, may } from '../../store/queries.js';
import { orderedLists } from '../../store/placement/my_lists.js';
import { avatar } from '../base/avatar.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { listMark } from '../base/list_mark.js';
import { View } from '../base/view.js';
import { changeTodos, moveWithUndo } from '../shell/undo_toasts.js';
import { moveAllWithUndo } from '../tools/selecting.js';
import { haveAll, toggle } from './label_menu.js';
import { item } from './menu_item.js';

/**
 * @import { Todo } from '../../types/client.d.ts'
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
          () => ui.openDialog({ kind: 'members', listId: todo.list_id }),
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
          listName(list),
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
      moveAllWithUndo(this.app, todos, listId);
    } else moveWithUndo(this.app, todo, listId);
  }
}

customElements.define('ll-priority-menu', PriorityMenu);
customElements.define('ll-assignee-menu', AssigneeMenu);
customElements.define('ll-move-menu', MoveMenu);
