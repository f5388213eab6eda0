// The field for a new todo or subtask. Stays open for the next one, and shows what it understood.
// Shift+Enter begins another line; each line becomes a todo.

import { listName } from '../../format/list_name.js';
import { message, t } from '../../languages/translate.js';
import { lineReader, loadReader, waitForReader } from '../../quick_add/loading.js';
import { linesOf, plainReading } from '../../quick_add/todo_fields.js';
import { placeOf } from '../../store/drafts.js';
import { h } from '../base/dom.js';
import { afterDrawing } from '../base/frame.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { toastWithUndo } from '../shell/undo_toasts.js';
import { addReading } from './add_reading.js';
import { addedText, doneText, offerLines } from './paste_offer.js';
import { contextOf } from './reading_context.js';
import { understood } from './understood.js';

/**
 * @import { Draft, Due } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

/**
 * @typedef {object} QuickAddProps
 * @property {string} listId
 * @property {Due} [due] for a todo that names no day
 * @property {string} [parentId] the todo whose subtasks are added
 * @property {string} placeholder
 * @property {() => void} [onAdded] the field closes: it is for one todo
 * @typedef {NonNullable<Draft['choices']>} Choices
 */

// More lines scroll within the field.
const MOST_ROWS = 8;
// A screen reader says what was understood once the user pauses.
const ANNOUNCE_AFTER_MS = 800;
// A hundred lines of the longest title with its readings; a hang would lose the text.
const LONGEST_TEXT = 60_000;
// Long after the first paint. Who turns to the field before does not wait for this.
const LOAD_AFTER_MS = 5_000;
/** @type {Choices} */
const NO_CHOICES = { refused: [], wanted: [] };
const NOT_READ = message('Added as it was typed: what reads dates and labels could not be loaded.');

/** @extends {View<QuickAddProps & UsedProps>} */
export class QuickAdd extends View {
  static watches = true;
  #announced = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #loadTimer;
  /** @type {string[]} texts that are added once the reader is loaded */
  #waiting = [];
  /** @type {PromiseWithResolvers<unknown> | null} settled once these cannot be lost */
  #added = null;

  connected() {
    if (this.text) this.#load();
    this.#loadTimer = setTimeout(() => this.#load(), LOAD_AFTER_MS);
    addEventListener('pagehide', this.#putBack);
    const { ui } = this.app;
    if (ui.newList !== this.props.listId || this.props.parentId) return;
    ui.newList = null;
    afterDrawing(() => this.querySelector('textarea')?.focus());
  }

  disconnected() {
    removeEventListener('pagehide', this.#putBack);
    this.#addWaiting();
    clearTimeout(this.#timer);
    clearTimeout(this.#loadTimer);
  }

  async #load() {
    if (lineReader()) return;
    await loadReader();
    this.redraw();
  }

  /** What is typed. Kept on this device until it is added. */
  get text() {
    return this.app.drafts.text(this.#place);
  }

  set text(text) {
    this.#keep(text, this.#choices);
  }

  /** What the user chose in the readings of the text. */
  get #choices() {
    return { ...NO_CHOICES, ...this.app.drafts.get(this.#place)?.choices };
  }

  /**
   * @param {string} text
   * @param {Choices} choices
   * @param {Promise<unknown>} [sent] settled once what was in the field before cannot be lost
   */
  #keep(text, choices, sent) {
    const { listId, parentId: todoId } = this.props;
    const draft = { text, listId, todoId, choices };
    this.app.drafts.keep(this.#place, { ...draft, action: 'create_todo' }, sent);
  }

  /** A field with a day keeps a draft of its own. */
  get #place() {
    const { listId, due, parentId } = this.props;
    return parentId ? placeOf('subtask', parentId) : placeOf(due ? 'add-due' : 'add', listId);
  }

  /** What every todo of this field is. */
  get #more() {
    const { parentId } = this.props;
    return parentId ? { parent_id: parentId } : {};
  }

  render() {
    const { text, props: { parentId } } = this;
    return [h(
      'form',
      {
        class: `${parentId ? 'subtask-add' : 'quick-add'} ${text ? 'is-active' : ''}`,
        'aria-busy': String(this.#waiting.length > 0),
        onSubmit: (event) => {
          event.preventDefault();
          this.#submit();
        },
      },
      h('span', { class: 'quick-plus' }, icon('plus')),
      this.#field(),
      text ? this.#understood() : null,
      text
        ? h('button', { key: 'send', class: 'button small primary', type: 'submit' }, t('Add'))
        : parentId
        ? null
        : h('kbd', { key: 'hint', class: 'quick-hint', 'aria-hidden': 'true' }, 'q'),
      h('span', { key: 'status', class: 'hidden', role: 'status' }, this.#announced),
    )];
  }

  #field() {
    return h('textarea', {
      class: this.props.parentId ? 'subtask-field' : 'quick-field',
      value: this.text,
      rows: Math.min(this.text.split('\n').length, MOST_ROWS),
      wrap: 'off',
      maxlength: LONGEST_TEXT,
      placeholder: this.props.placeholder,
      'aria-label': this.props.placeholder,
      enterkeyhint: 'done',
      autocomplete: 'off',
      onFocus: () => this.#load(),
      onInput: (event) => {
        this.text = event.currentTarget.value;
        this.draw();
        this.#announceLater();
      },
      onPaste: (event) => {
        const { listId, due } = this.props;
        const fields = { ...(due ? { due } : {}), ...this.#more };
        offerLines(this.app, event, event.currentTarget, listId, fields, {
          ready: waitForReader,
          textsOf: (title) => this.#textsOf(title),
          add: (title, more) =>
            addReading(this.app, this.#readLine(title), new Map(), { ...more, ...this.#more }),
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

  get #context() {
    const { listId, due, parentId } = this.props;
    const day = due && 'date' in due ? due.date : null;
    const context = contextOf(this.app, { listId, day, ...this.#choices });
    // A subtask is in the list of its todo.
    return parentId ? { ...context, lists: [] } : context;
  }

  /** @param {string} line */
  #readLine(line, context = this.#context) {
    return lineReader()?.readLine(line, context) ?? plainReading(line.trim(), context);
  }

  /** @param {string} text */
  #read(text) {
    const context = this.#context;
    const { lines, left } = linesOf(text);
    return { readings: lines.map((line) => this.#readLine(line, context)), left };
  }

  /** @param {string} text */
  #textsOf(text) {
    return this.#read(text).readings
      .flatMap((each) => lineReader()?.chipTexts(each, this.app.reader) ?? []);
  }

  #understood() {
    const isSub = Boolean(this.props.parentId);
    return understood(this.#read(this.text), this.app.reader, this.#choices, isSub, this.#choose);
  }

  /** @param {Partial<Choices>} choices */
  #choose = (choices) => {
    this.#keep(this.text, { ...this.#choices, ...choices });
    this.draw();
    this.querySelector('textarea')?.focus();
    this.#announceLater();
  };

  #announceLater() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#announced = this.#textsOf(this.text).join('; ');
      this.draw();
    }, ANNOUNCE_AFTER_MS);
  }

  /** Add the todos; if the field was faster than the network, once their words can be read. */
  async #submit() {
    const { text } = this;
    if (lineReader()) {
      const left = this.#add(text);
      if (!left) return;
      this.#clear(left, this.app.actions?.kept);
      if (left.length === 0) this.props.onAdded?.();
      return;
    }
    this.#waiting.push(text);
    // The field is free for the next todo. The device keeps the text until it is added.
    this.#added ??= Promise.withResolvers();
    this.#clear([], this.#added.promise);
    await waitForReader();
    if (this.#waiting.length > 0 && !lineReader()) this.app.ui.toast(t(NOT_READ));
    this.#addWaiting();
    if (!this.text) this.props.onAdded?.();
  }

  #addWaiting() {
    const waiting = this.#waiting.splice(0);
    const { actions } = this.app;
    // The session has ended: the device keeps them for this user, and the next one adds none.
    if (waiting.length === 0 || !actions) return;
    const left = waiting.flatMap((text) => this.#add(text) ?? [text]);
    this.#keep([...left, this.text].filter(Boolean).join('\n'), this.#choices, actions.kept);
    this.#added?.resolve(actions.kept);
    this.#added = null;
    this.draw();
  }

  /** The page is left before the words could be read: they are in the field at the next visit. */
  #putBack = () => {
    this.text = [...this.#waiting.splice(0), this.text].filter(Boolean).join('\n');
  };

  /**
   * Return the lines that are too many; null if nothing can be added.
   * @param {string} text
   */
  #add(text) {
    const { app } = this;
    const { readings, left } = this.#read(text);
    const titled = readings.filter(({ title }) => title);
    const { length } = titled;
    if (length === 0 || !app.actions) return null;
    const made = new Map();
    const isSub = Boolean(this.props.parentId);
    if (length === 1) {
      const id = addReading(app, titled[0], made, this.#more);
      const { listId } = titled[0];
      if (listId !== this.props.listId || this.props.onAdded) {
        const name = listName(this.state.lists[listId]);
        toastWithUndo(app, t('Added to “{name}”.', { name }));
      } else if (id && !isSub) lineReader()?.sayIfUnseen(app, id, listId);
    } else {
      const addAll = () => titled.forEach((each) => addReading(app, each, made, this.#more));
      app.actions.asOne(doneText(length, isSub), addAll);
      toastWithUndo(app, addedText(length, isSub));
    }
    return left;
  }

  /**
   * @param {string[]} left lines that are still to be added
   * @param {Promise<unknown>} [sent]
   */
  #clear(left, sent) {
    this.#keep(left.join('\n'), NO_CHOICES, sent);
    this.#announced = '';
    clearTimeout(this.#timer);
    const field = this.querySelector('textarea');
    if (field) {
      field.value = this.text;
      field.focus();
    }
    this.draw();
  }
}

customElements.define('ll-quick-add', QuickAdd);
