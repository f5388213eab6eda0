// The field for a new todo. Stays open for the next one, and shows what it understood. Shift+Enter
// begins another line; each line becomes a todo.

import { labelColour } from '../../format/colours.js';
import { isMonthFirst } from '../../format/locale.js';
import { readLine } from '../../quick_add/read.js';
import { MOST_LINES, readLines, reminderFields, todoFields } from '../../quick_add/todo_fields.js';
import { placeOf } from '../../store/drafts.js';
import { accountsOf, canEdit, labelsOf } from '../../store/queries.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { toastWithUndo } from '../shell/undo_toasts.js';
import { offerLines } from './paste_offer.js';
import { chipsOf, chipTexts } from './quick_add_chips.js';

/**
 * @import { Due } from '../../types/client.d.ts'
 * @import { TodoFields } from '../../types/mutations.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 * @import { Context, Reading } from '../../quick_add/read.js'
 */

/**
 * @typedef {object} QuickAddProps
 * @property {string} listId
 * @property {Due} [due] for a todo that names no day
 * @property {string} placeholder
 */

// More lines scroll within the field.
const MOST_ROWS = 8;
// A screen reader says what was understood once the user pauses.
const ANNOUNCE_AFTER_MS = 800;
// A hundred lines of the longest title with its readings; a hang would lose the text.
const LONGEST_TEXT = 60_000;

/** @extends {View<QuickAddProps & UsedProps>} */
export class QuickAdd extends View {
  static watches = true;
  /** @type {Set<string>} the words of readings that the user refused */
  #refused = new Set();
  /** @type {Set<string>} the words of labels that the user wants to make */
  #wanted = new Set();
  #announced = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  disconnected() {
    clearTimeout(this.#timer);
  }

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
    const { text } = this;
    return [h(
      'form',
      {
        class: `quick-add ${text ? 'is-active' : ''}`,
        onSubmit: (event) => {
          event.preventDefault();
          this.#add();
        },
      },
      h('span', { class: 'quick-plus' }, icon('plus')),
      this.#field(),
      text ? this.#understood() : null,
      text
        ? h('button', { key: 'send', class: 'button small primary', type: 'submit' }, 'Add')
        : h('kbd', { key: 'hint', class: 'quick-hint', 'aria-hidden': 'true' }, 'q'),
      h('span', { key: 'status', class: 'hidden', role: 'status' }, this.#announced),
    )];
  }

  #field() {
    return h('textarea', {
      class: 'quick-field',
      value: this.text,
      rows: Math.min(this.text.split('\n').length, MOST_ROWS),
      wrap: 'off',
      maxlength: LONGEST_TEXT,
      placeholder: this.props.placeholder,
      'aria-label': this.props.placeholder,
      enterkeyhint: 'done',
      autocomplete: 'off',
      onInput: (event) => {
        this.text = event.currentTarget.value;
        this.draw();
        this.#announceLater();
      },
      onPaste: (event) => {
        const { listId, due } = this.props;
        offerLines(this.app, event, event.currentTarget, listId, due ? { due } : {}, {
          textsOf: (title) => this.#textsOf(title),
          add: (title, more) => this.#addOne(readLine(title, this.#context), new Map(), more),
        });
      },
      onKeydown: (event) => {
        if (event.key === 'Enter' && !event.shiftKey) {
          event.preventDefault();
          event.currentTarget.form?.requestSubmit();
        }
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        event.currentTarget.blur();
      },
    });
  }

  /** @returns {Context} */
  get #context() {
    const { listId, due } = this.props;
    const { zone, now, locale } = this.app.reader;
    return {
      zone,
      now,
      language: this.app.locale.startsWith('de') ? 'de' : 'en',
      monthFirst: isMonthFirst(locale),
      listId,
      lists: Object.values(this.state.lists).filter(({ id, archived_at, deleted_at }) =>
        !archived_at && !deleted_at && canEdit(this.state, id)
      ),
      contentOf: (id) => ({
        labels: labelsOf(this.state, id),
        people: accountsOf(this.state, id).map(({ user }) => user),
      }),
      day: due && 'date' in due ? due.date : null,
      refused: this.#refused,
      wanted: this.#wanted,
    };
  }

  /** @param {string} text */
  #read(text) {
    return readLines(text, this.#context);
  }

  /** @param {string} text */
  #textsOf(text) {
    return this.#read(text).readings.flatMap((each) => chipTexts(each, this.app.reader));
  }

  /** Show what was understood. Each reading of words can be refused: they return to the title. */
  #understood() {
    const { readings, left } = this.#read(this.text);
    const { reader } = this.app;
    const choices = {
      refuse: (/** @type {string} */ words) => this.#choose(this.#refused, words),
      want: (/** @type {string} */ words) => this.#choose(this.#wanted, words),
    };
    return h(
      'span',
      { key: 'parts', class: 'quick-parts' },
      readings.length > 1
        ? h('span', { key: 'count', class: 'quick-count' }, countText(readings.length, left))
        : null,
      readings.map((reading, line) => chipsOf(reading, line, reader, choices)),
    );
  }

  /**
   * @param {Set<string>} choices
   * @param {string} words
   */
  #choose(choices, words) {
    choices.add(words);
    this.draw();
    this.querySelector('textarea')?.focus();
    this.#announceLater();
  }

  #announceLater() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#announced = this.#textsOf(this.text).join('; ');
      this.draw();
    }, ANNOUNCE_AFTER_MS);
  }

  #add() {
    const { app } = this;
    const { readings, left } = this.#read(this.text);
    const titled = readings.filter(({ title }) => title);
    if (titled.length === 0 || !app.actions) return;
    const made = new Map();
    if (titled.length === 1) this.#addOne(titled[0], made);
    else {
      app.actions.asOne('added', () => titled.forEach((each) => this.#addOne(each, made)));
      toastWithUndo(app, `${titled.length} todos are added.`);
    }
    this.#clear(
      left > 0 ? this.text.split('\n').filter((each) => each.trim()).slice(MOST_LINES) : [],
    );
    this.querySelector('textarea')?.focus();
  }

  /**
   * @param {Reading} reading
   * @param {Map<string, string>} made the ids of labels that were made for lines before
   * @param {Partial<TodoFields>} [more]
   */
  #addOne(reading, made, more = {}) {
    const { actions, reader } = this.app;
    const { listId, labels, newLabels } = reading;
    if (!actions) return;
    const count = labelsOf(this.state, listId).length;
    const ids = newLabels.map((name, at) => {
      const key = `${listId} ${name.toLocaleLowerCase()}`;
      const id = made.get(key) ??
        actions.addLabel(listId, { name, colour: labelColour(count + at) });
      made.set(key, id);
      return id;
    });
    const all = [...labels, ...ids];
    const fields = { ...todoFields(reading, reader), ...more };
    const id = actions.addTodo(listId, { ...fields, ...(all.length > 0 ? { labels: all } : {}) });
    const reminder = reminderFields(reading, reader);
    if (reminder) actions.addReminder({ id, list_id: listId }, reminder.fields, reminder.firesAt);
    return id;
  }

  /** @param {string[]} left lines that are still to be added */
  #clear(left) {
    this.text = left.join('\n');
    this.#refused.clear();
    this.#wanted.clear();
    this.#announced = '';
    clearTimeout(this.#timer);
    const field = this.querySelector('textarea');
    if (field) field.value = this.text;
    this.draw();
  }
}

/**
 * @param {number} count
 * @param {number} left
 */
const countText = (count, left) =>
  left > 0 ? `${count} todos; ${left} more lines stay for the next time` : `${count} todos`;

customElements.define('ll-quick-add', QuickAdd);
