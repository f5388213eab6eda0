// The line a new todo is typed on. Stays open for the next one; says what it understood.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { labelsOf } from '../../store/select.js';
import { parseQuickAdd } from '../../format/quick_add.js';
import { dueText } from '../../format/due.js';
import { PRIORITIES } from '../../format/priorities.js';
import { instantOf } from '../../store/dates.js';

class QuickAdd extends View {
  text = '';

  render() {
    const parsed = this.#parse();
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
      h('input', {
        class: 'quick-field',
        value: this.text,
        maxlength: 500,
        placeholder: this.props.placeholder ?? 'Add a todo',
        'aria-label': this.props.placeholder ?? 'Add a todo',
        enterkeyhint: 'done',
        autocomplete: 'off',
        onInput: (event) => {
          this.text = event.target.value;
          this.draw();
        },
        onKeydown: (event) => {
          if (event.key === 'Escape') {
            event.stopPropagation();
            this.text = '';
            event.target.value = '';
            event.target.blur();
            this.draw();
          }
        },
      }),
      this.#understood(parsed),
      this.text
        ? h('button', { key: 'send', class: 'button small primary', type: 'submit' }, 'Add')
        : h('kbd', { key: 'hint', class: 'quick-hint', 'aria-hidden': 'true' }, 'q'),
    )];
  }

  #parse() {
    const { listId, due } = this.props;
    const { zone, now } = this.app.reader;
    const parsed = parseQuickAdd(this.text, { zone, now, labels: labelsOf(this.state, listId) });
    return { ...parsed, due: parsed.due ?? due ?? null };
  }

  #understood({ due, priority, labels }) {
    if (!this.text) return null;
    const { reader } = this.app;
    const instant = due?.zone ? new Date(instantOf(due.at, due.zone)).toISOString() : null;
    const words = [
      due && dueText({ due, due_at: instant }, reader)?.text,
      priority > 0 && PRIORITIES[priority],
      ...labels.map((id) => this.state.contents[this.props.listId]?.labels[id]?.name),
    ].filter(Boolean);
    return words.length > 0
      ? h(
        'span',
        { class: 'quick-words' },
        words.map((word) => h('span', { class: 'label hue-teal' }, word)),
      )
      : null;
  }

  #add() {
    const { title, due, priority, labels } = this.#parse();
    if (!title) return;
    const fields = {
      title,
      ...(due ? { due } : {}),
      ...(priority ? { priority } : {}),
      ...(labels.length > 0 ? { labels } : {}),
    };
    this.app.actions.addTodo(this.props.listId, fields);
    this.text = '';
    this.draw();
    const field = this.querySelector('input');
    field.value = '';
    field.focus();
  }
}

customElements.define('ll-quick-add', QuickAdd);
