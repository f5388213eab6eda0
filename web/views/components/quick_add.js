// The field for a new todo. Stays open for the next one, and shows what it understood.

import { dueText } from '../../format/due.js';
import { PRIORITIES } from '../../format/priorities.js';
import { parseQuickAdd } from '../../format/quick_add.js';
import { dueAt } from '../../store/dates.js';
import { labelsOf } from '../../store/queries.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';

/**
 * @import { Due } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

/**
 * @typedef {object} QuickAddProps
 * @property {string} listId
 * @property {Due} [due] for a todo that names no day
 * @property {string} placeholder
 */

/** @extends {View<QuickAddProps & UsedProps>} */
export class QuickAdd extends View {
  text = '';

  render() {
    return [h(
      'form',
      {
        class: `quick-add ${this.text ? 'is-active' : ''}`,
        onSubmit: (event) => {
          event.preventDefault();
          this.#add();
        },
      },
      h('span', { class: 'quick-plus' }, icon('plus')),
      this.#field(),
      this.text ? this.#understood() : null,
      this.text
        ? h('button', { key: 'send', class: 'button small primary', type: 'submit' }, 'Add')
        : h('kbd', { key: 'hint', class: 'quick-hint', 'aria-hidden': 'true' }, 'q'),
    )];
  }

  #field() {
    return h('input', {
      class: 'quick-field',
      value: this.text,
      maxlength: 500,
      placeholder: this.props.placeholder,
      'aria-label': this.props.placeholder,
      enterkeyhint: 'done',
      autocomplete: 'off',
      onInput: (event) => {
        this.text = event.currentTarget.value;
        this.draw();
      },
      onKeydown: (event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        this.text = '';
        event.currentTarget.value = '';
        event.currentTarget.blur();
        this.draw();
      },
    });
  }

  #parse() {
    const { listId, due } = this.props;
    const { zone, now } = this.app.reader;
    const parsed = parseQuickAdd(this.text, { zone, now, labels: labelsOf(this.state, listId) });
    return { ...parsed, due: parsed.due ?? due ?? null };
  }

  #understood() {
    const { due, priority, labels } = this.#parse();
    const names = labels.map((id) => this.state.contents[this.props.listId]?.labels[id]?.name);
    const parts = [
      due && dueText({ due, due_at: dueAt(due) }, this.app.reader)?.text,
      priority > 0 && PRIORITIES[priority],
      ...names,
    ].filter(Boolean);
    if (parts.length === 0) return null;
    return h(
      'span',
      { class: 'quick-parts' },
      parts.map((part) => h('span', { class: 'label hue-teal' }, part)),
    );
  }

  #add() {
    const { title, due, priority, labels } = this.#parse();
    if (!title) return;
    this.app.actions?.addTodo(this.props.listId, {
      title,
      ...(due ? { due } : {}),
      ...(priority ? { priority } : {}),
      ...(labels.length > 0 ? { labels } : {}),
    });
    this.text = '';
    this.draw();
    const field = this.querySelector('input');
    if (!field) return;
    field.value = '';
    field.focus();
  }
}

customElements.define('ll-quick-add', QuickAdd);
