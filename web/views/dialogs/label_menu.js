// The menu of a todo's labels: those of its list, and those that the user keeps for themselves.

import { labelColour } from '../../format/colours.js';
import { searchKey } from '../../format/folding.js';
import { t } from '../../languages/translate.js';
import { isNamed } from '../../store/placement/label_names.js';
import { labelOnEnter } from '../../store/placement/label_on_enter.js';
import { labelsOf, may, ownLabels } from '../../store/queries.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { changeTodos } from '../shell/undo_toasts.js';
import { withPencil } from '../tools/label_dialog.js';
import { makeOwn, toggleOwn } from '../tools/own_labels.js';
import { item } from './menu_item.js';

/**
 * @import { App } from '../../app.js'
 * @import { Todo } from '../../types/client.d.ts'
 * @import { TodoMenuProps } from './todo_menus.js'
 */

/**
 * Return true if all the todos have this label or assignee.
 * @param {Todo[]} todos
 * @param {'labels' | 'assignees'} field
 * @param {string} id
 */
export const haveAll = (todos, field, id) => todos.every((todo) => todo[field].includes(id));

/**
 * Give all the todos a label or an assignee, or take it from them if all have it.
 * @param {App} app
 * @param {Todo[]} todos
 * @param {'labels' | 'assignees'} field
 * @param {string} id
 */
export function toggle(app, todos, field, id) {
  const hadAll = haveAll(todos, field, id);
  changeTodos(app, todos, ({ [field]: ids }) => {
    const others = ids.filter((other) => other !== id);
    return { [field]: hadAll ? others : [...others, id].sort() };
  });
}

/** @extends {View<TodoMenuProps>} */
export class LabelMenu extends View {
  #text = '';

  /** Labels of a list are for its own todos, and for those who may edit it. */
  get #mayEdit() {
    return may(this.state, this.props.todo.list_id, 'edit_todo') && this.#isOneList;
  }

  get #isOneList() {
    const { todo: { list_id: listId }, todos } = this.props;
    return todos.every(({ list_id: id }) => id === listId);
  }

  render() {
    return [
      h('div', { class: 'menu-title' }, t('Labels')),
      this.#form(),
      this.#mayEdit ? this.#ofList() : null,
      this.#isOneList
        ? null
        : h('p', { class: 'menu-empty' }, t('Labels of a list are for todos of one list.')),
      this.#own(),
    ];
  }

  /** The labels that the user keeps for themselves. */
  #own() {
    const { todos } = this.props;
    if (!this.#mayOwn) return null;
    return h('ll-own-labels', {
      key: 'own',
      todos,
      text: this.#text,
      usesState: this.state,
      onMade: () => this.#clear(),
    });
  }

  #clear() {
    this.#text = '';
    this.draw();
  }

  #ofList() {
    const { todos } = this.props;
    const labels = this.#matching();
    const name = this.#text.trim();
    const isNew = name !== '' && !isNamed(labels, this.#text);
    return [
      labels.map((label) =>
        withPencil(
          this.app,
          label,
          item(
            h('span', { class: `dot hue-${label.colour}` }),
            label.name,
            () => this.#toggle(label.id),
            { checked: haveAll(todos, 'labels', label.id) },
          ),
        )
      ),
      isNew
        ? item(
          icon('plus'),
          t('Make “{name}” for everyone in this list', { name }),
          () => this.#make(),
          { key: 'make' },
        )
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

  /** Labels of the user's own need the lists to be theirs. */
  get #mayOwn() {
    return this.props.todos.every(({ list_id: id }) => may(this.state, id, 'label_privately'));
  }

  /** Enter toggles the label that is meant; else it makes one. */
  #submit() {
    const { app, state, props: { todo, todos } } = this;
    const name = this.#text.trim();
    const own = this.#mayOwn ? ownLabels(state) : [];
    const found = labelOnEnter(name, own, this.#mayEdit ? labelsOf(state, todo.list_id) : []);
    if (found?.isOwn) toggleOwn(app, todos, found.id);
    else if (found) this.#toggle(found.id);
    else if (name && this.#mayEdit) this.#make();
    else if (name && this.#mayOwn) {
      makeOwn(app, todos, name);
      this.#clear();
    }
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
    this.#clear();
  }
}

customElements.define('ll-label-menu', LabelMenu);
