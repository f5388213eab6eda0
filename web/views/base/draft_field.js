// A text field whose value may change while the user types. While it has the focus it keeps the
// draft, and a note shows a change by another user. Saves after a pause, and when the focus leaves.

import { quoted } from '../../format/overwrites.js';
import { h } from './dom.js';
import { View } from './view.js';

/**
 * @import { EditBase } from '../../store/actions.js'
 */

/**
 * @typedef {object} DraftProps
 * @property {string} value
 * @property {string} label
 * @property {string} [placeholder]
 * @property {boolean} [line] one line: Enter ends it, and it may not be empty
 * @property {boolean} [readOnly]
 * @property {boolean} [large]
 * @property {number} [seq] position of the list's stream that `value` is from
 * @property {() => void} [onTyping]
 * @property {(text: string, base: EditBase) => void} onSave
 */

const SAVE_AFTER_MS = 1_200;

/** @extends {View<DraftProps>} */
export class DraftField extends View {
  /** @type {string | null} what the user has typed; null without the focus */
  #draft = null;
  /** @type {string | null} */
  #saved = null;
  /** @type {EditBase} */
  #base = {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {string | null} a value that arrived while the user types */
  #incoming = null;

  get props() {
    return super.props;
  }

  set props(next) {
    const before = super.props.value;
    super.props = next;
    this.#arrived(before, next.value);
  }

  disconnected() {
    this.save();
  }

  /**
   * Note a value that is neither the draft nor what this field saved: another user changed it.
   * @param {string | undefined} before
   * @param {string} value
   */
  #arrived(before, value) {
    if (this.#draft === null || before === undefined || value === before) return;
    if (value === this.#draft || value === this.#saved) return;
    this.#incoming = value;
    this.draw();
  }

  render() {
    const { value, label, placeholder, line, readOnly, large } = this.props;
    return [
      h('textarea', {
        class: `draft ${large ? 'large' : ''}`,
        rows: 1,
        value: this.#draft ?? value,
        'aria-label': label,
        placeholder,
        readOnly: Boolean(readOnly),
        maxlength: line ? 500 : 50_000,
        onFocus: () => this.#begin(),
        onBlur: () => this.#finish(),
        onInput: (event) => this.#typed(event.currentTarget.value),
        onKeydown: (event) => this.#handleKey(event, event.currentTarget),
      }),
      this.#incoming === null ? null : this.#note(this.#incoming),
    ];
  }

  /** @param {string} incoming */
  #note(incoming) {
    return h(
      'p',
      { class: 'draft-note', role: 'status' },
      incoming === ''
        ? 'This was emptied meanwhile'
        : `This was changed meanwhile to ${quoted(incoming)}`,
      '; your words are kept. ',
      h('button', {
        class: 'link',
        type: 'button',
        // The field keeps the focus.
        onMousedown: (event) => event.preventDefault(),
        onClick: () => this.#takeIncoming(incoming),
      }, 'Use the other version'),
    );
  }

  drawn() {
    this.#grow();
  }

  #begin() {
    if (this.props.readOnly) return;
    this.#draft = this.props.value;
    this.#saved = this.props.value;
    this.#base = { base_seq: this.props.seq, saw: this.props.value };
  }

  /** @param {string} text */
  #typed(text) {
    this.props.onTyping?.();
    this.#draft = this.props.line ? text.replace(/\n/g, ' ') : text;
    this.#grow();
    clearTimeout(this.#timer);
    // A line is saved when the focus leaves: half a title is of no use to other users.
    if (!this.props.line) this.#timer = setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLTextAreaElement} field
   */
  #handleKey(event, field) {
    const { line } = this.props;
    if (event.key === 'Escape') {
      event.stopPropagation();
      if (line && this.#saved !== null) {
        this.#draft = this.#saved;
        field.value = this.#saved;
      }
      field.blur();
    } else if (event.key === 'Enter') {
      if (!line && !event.metaKey && !event.ctrlKey) return;
      event.preventDefault();
      field.blur();
    }
  }

  /** Save what was typed, if it was not saved yet. */
  save() {
    clearTimeout(this.#timer);
    const text = this.#draft?.trim();
    if (text === undefined || text === this.#saved || (this.props.line && text === '')) return;
    this.props.onSave(text, this.#base);
    this.#saved = text;
    this.#base = { base_seq: this.props.seq, saw: text };
  }

  #finish() {
    this.save();
    // An empty title is not saved: show the present title again.
    if (this.#draft?.trim() !== this.#saved) this.#field.value = this.props.value;
    this.#draft = null;
    this.#incoming = null;
    this.redraw();
  }

  /** @param {string} incoming */
  #takeIncoming(incoming) {
    this.#draft = this.#saved = this.#field.value = incoming;
    this.#incoming = null;
    this.draw();
  }

  /**
   * The text field; it exists from the first drawing on.
   * @returns {HTMLTextAreaElement}
   */
  get #field() {
    return /** @type {HTMLTextAreaElement} */ (this.querySelector('textarea'));
  }

  /** Make the field as tall as its text. */
  #grow() {
    const field = this.#field;
    field.style.setProperty('height', 'auto');
    field.style.setProperty('height', `${field.scrollHeight}px`);
  }
}

customElements.define('ll-draft-field', DraftField);
