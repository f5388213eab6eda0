// The menus of a todo: priority, labels, assignees, list, and all else. All but the last are also
// those of several todos that are selected.

import { labelColour } from '../../format/colours.js';
import { searchKey } from '../../format/folding.js';
import { priorityName } from '../../format/priorities.js';
import { t } from '../../languages/translate.js';
import { accountsOf, inboxOf, labelsOf, may } from '../../store/queries.js';
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
import { item } from './menu_item.js';

/**
 * @import { App } from '../../app.js'
 * @import { LabelShape } from '../../types/contract.d.ts'
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

/**
 * Return true if all the todos have this label or assignee.
 * @param {Todo[]} todos
 * @param {'labels' | 'assignees'} field
 * @param {string} id
 */
const haveAll = (todos, field, id) => todos.every((todo) => todo[field].includes(id));

/**
 * Give all the todos a label or an assignee, or take it from them if all have it.
 * @param {App} app
 * @param {Todo[]} todos
 * @param {'labels' | 'assignees'} field
 * @param {string} id
 */
function toggle(app, todos, field, id) {
  const hadAll = haveAll(todos, field, id);
  changeTodos(app, todos, ({ [field]: ids }) => {
    const others = ids.filter((other) => other !== id);
    return { [field]: hadAll ? others : [...others, id].sort() };
  });
}

/** @extends {View<TodoMenuProps>} */
export class LabelMenu extends View {
  #text = '';

  render() {
    const { todos } = this.props;
    const labels = this.#matching();
    const name = this.#text.trim();
    const isNew = name !== '' && !this.#named(labels);
    return [
      h('div', { class: 'menu-title' }, t('Labels')),
      this.#form(),
      labels.map((label) =>
        item(
          h('span', { class: `dot hue-${label.colour}` }),
          label.name,
          () => this.#toggle(label.id),
          { checked: haveAll(todos, 'labels', label.id), key: label.id },
        )
      ),
      isNew
        ? item(icon('plus'), t('Make “{name}”', { name }), () => this.#make(), { key: 'make' })
        : null,
      labels.length === 0 && !this.#text
        ? h(
          'p',
          { class: 'menu-empty' },
          t('This list has no labels yet. Type a name to make one.'),
        )
        : null,
    ];
  }

  #form() {
    return h(
      'form',
      {
        class: 'menu-form',
        onSubmit: (event) => {
          event.preventDefault();
          this.#submit();
        },
      },
      h('input', {
        class: 'input',
        autofocus: true,
        placeholder: t('Find or make a label'),
        'aria-label': t('Find or make a label'),
        maxlength: 50,
        value: this.#text,
        onInput: (event) => {
          this.#text = event.currentTarget.value;
          this.draw();
        },
      }),
    );
  }

  /** Return the labels whose names contain what was typed. */
  #matching() {
    const text = searchKey(this.#text);
    return labelsOf(this.state, this.props.todo.list_id)
      .filter(({ name }) => searchKey(name).includes(text));
  }

  /** @param {LabelShape[]} labels */
  #named(labels) {
    const text = this.#text.trim().toLocaleLowerCase();
    return labels.some(({ name }) => name.toLocaleLowerCase() === text);
  }

  /** Enter toggles the only match, or the first if a name is complete; else it makes a label. */
  #submit() {
    const labels = this.#matching();
    const isClear = labels.length === 1 || (labels.length > 0 && this.#named(labels));
    if (isClear) this.#toggle(labels[0].id);
    else if (this.#text.trim()) this.#make();
  }

  /** @param {string} labelId */
  #toggle(labelId) {
    toggle(this.app, this.props.todos, 'labels', labelId);
  }

  #make() {
    const { actions } = this.app;
    const { todo } = this.props;
    if (!actions) return;
    const colour = labelColour(labelsOf(this.state, todo.list_id).length);
    this.#toggle(actions.addLabel(todo.list_id, { name: this.#text.trim(), colour }));
    this.#text = '';
    this.draw();
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
customElements.define('ll-label-menu', LabelMenu);
customElements.define('ll-assignee-menu', AssigneeMenu);
customElements.define('ll-move-menu', MoveMenu);
customElements.define('ll-more-menu', MoreMenu);
