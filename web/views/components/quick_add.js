// The field for a new todo. Stays open for the next one, and shows what it understood.

import { labelColour } from '../../format/colours.js';
import { dueText, momentText } from '../../format/due.js';
import { PRIORITIES } from '../../format/priorities.js';
import { parseQuickAdd } from '../../format/quick_add.js';
import { dueAt } from '../../store/dates.js';
import { placeOf } from '../../store/drafts.js';
import { labelsOf } from '../../store/queries.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { offerLines } from './paste_offer.js';

/**
 * @import { Due } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 * @import { QuickAdd as QuickAddParts, Reading } from '../../format/quick_add.js'
 */

/**
 * @typedef {object} QuickAddProps
 * @property {string} listId
 * @property {Due} [due] for a todo that names no day
 * @property {string} placeholder
 */

/** @extends {View<QuickAddProps & UsedProps>} */
export class QuickAdd extends View {
  static watches = true;
  /** @type {Set<string>} the words of readings that the user refused */
  #refused = new Set();
  /** @type {Set<string>} the words of labels that the user wants to make */
  #wanted = new Set();

  /** What is typed. Kept on this device until it is added. */
  get text() {
    return this.app.drafts.text(this.#place);
  }

  set text(text) {
    this.app.drafts.keep(this.#place, { text, listId: this.props.listId, action: 'create_todo' });
  }

  /** A field with a day keeps a draft of its own. */
  get #place() {
    const { listId, due } = this.props;
    return placeOf(due ? 'add-due' : 'add', listId);
  }

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
      onPaste: (event) => {
        const { listId, due } = this.props;
        offerLines(this.app, event, event.currentTarget, listId, due ? { due } : {});
      },
      onKeydown: (event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        event.currentTarget.blur();
      },
    });
  }

  #parse() {
    const { listId, due } = this.props;
    const { zone, now } = this.app.reader;
    const labels = labelsOf(this.state, listId);
    const [refused, wanted] = [this.#refused, this.#wanted];
    const parsed = parseQuickAdd(this.text, { zone, now, labels, refused, wanted });
    // A reminder says when; the day of the page would only add a due date nobody asked for.
    return { ...parsed, due: parsed.due ?? (parsed.remindAt ? null : due ?? null) };
  }

  /** Show what was understood. Each reading of words can be refused: they return to the title. */
  #understood() {
    const parsed = this.#parse();
    const isDueTyped = parsed.readings.some(({ kind }) => kind === 'due');
    const chips = [
      parsed.due && !isDueTyped
        ? h('span', { class: 'label hue-teal' }, dueIn(parsed, this))
        : null,
      parsed.readings.map((reading) => this.#chip(reading, readingText(reading, parsed, this))),
      parsed.unknownLabels.map((word) => this.#newLabel(word)),
    ];
    return h('span', { class: 'quick-parts' }, chips);
  }

  /**
   * @param {Reading} reading
   * @param {string} text
   */
  #chip({ words }, text) {
    return h(
      'button',
      {
        key: words,
        class: 'label hue-teal quick-chip',
        type: 'button',
        'aria-label': `${text}: keep “${words}” in the title`,
        onClick: () => this.#choose(this.#refused, words),
      },
      text,
      icon('close'),
    );
  }

  /** @param {string} word */
  #newLabel(word) {
    return h(
      'button',
      {
        key: word,
        class: 'label hue-grey quick-chip is-offer',
        type: 'button',
        onClick: () => this.#choose(this.#wanted, word),
      },
      icon('plus'),
      `New label ${word}`,
    );
  }

  /**
   * @param {Set<string>} choices
   * @param {string} words
   */
  #choose(choices, words) {
    choices.add(words);
    this.draw();
    this.querySelector('input')?.focus();
  }

  #add() {
    const { listId } = this.props;
    const { actions } = this.app;
    const { title, due, remindAt, priority, labels, newLabels } = this.#parse();
    if (!title || !actions) return;
    const count = labelsOf(this.state, listId).length;
    const made = newLabels.map((name, at) =>
      actions.addLabel(listId, { name, colour: labelColour(count + at) })
    );
    const all = [...labels, ...made];
    const id = actions.addTodo(listId, {
      title,
      ...(due ? { due } : {}),
      ...(priority ? { priority } : {}),
      ...(all.length > 0 ? { labels: all } : {}),
    });
    if (remindAt !== null) {
      const at = new Date(remindAt).toISOString();
      actions.addReminder({ id, list_id: listId }, { at }, at);
    }
    this.#clear();
    this.querySelector('input')?.focus();
  }

  #clear() {
    this.text = '';
    this.#refused.clear();
    this.#wanted.clear();
    const field = this.querySelector('input');
    if (field) field.value = '';
    this.draw();
  }
}

/**
 * @param {QuickAddParts} parsed
 * @param {QuickAdd} view
 */
const dueIn = ({ due }, { app }) =>
  (due && dueText({ due, due_at: dueAt(due) }, app.reader)?.text) ?? '';

/**
 * @param {Reading} reading
 * @param {QuickAddParts} parsed
 * @param {QuickAdd} view
 */
function readingText({ kind, words }, parsed, view) {
  switch (kind) {
    case 'due':
      return dueIn(parsed, view);
    case 'reminder':
      return `Reminder ${momentText(parsed.remindAt ?? 0, view.app.reader)}`;
    case 'priority':
      return PRIORITIES[parsed.priority];
    default:
      return kind === 'new-label' ? `New label ${words}` : words;
  }
}

customElements.define('ll-quick-add', QuickAdd);
