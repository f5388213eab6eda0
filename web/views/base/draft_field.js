// A text field whose value may change while the user types. While it has the focus it keeps the
// draft, and a note shows a change by another user. Saves after a pause, and when the focus leaves.
// What was not saved, as of a page that was closed, is in the field at the next visit.

import { quoted } from '../../format/overwrites.js';
import { t } from '../../languages/translate.js';
import { h } from './dom.js';
import { View } from './view.js';

/**
 * @import { EditBase } from '../../store/actions.js'
 * @import { Action } from '../../store/policy.js'
 * @import { Draft } from '../../types/client.d.ts'
 */

/**
 * @typedef {object} DraftProps
 * @property {string} value
 * @property {string} place where the draft is kept (store/drafts.js)
 * @property {{listId: string, todoId: string, action: Action}} keptWith
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
  static watches = true;
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
    // No change by another user: the server refused what this field saved.
    if (this.#kept?.end === 'refused') {
      this.#saved = value;
      return;
    }
    this.#incoming = value;
    this.draw();
  }

  /** What was typed at an earlier time and not saved. */
  get #kept() {
    const { place, value, readOnly } = this.props;
    const kept = readOnly ? undefined : this.app.drafts.get(place);
    return kept && kept.text.trim() !== value ? kept : undefined;
  }

  render() {
    const { value, label, placeholder, line, readOnly, large } = this.props;
    const kept = this.#kept;
    if (readOnly) this.#draft = null;
    const isTyping = this.#draft !== null;
    return [
      h('textarea', {
        class: `draft ${large ? 'large' : ''}`,
        rows: 1,
        value: this.#draft ?? (kept && kept.end !== 'left' ? kept.text : value),
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
      kept && !isTyping ? this.#keptNote(kept) : null,
    ];
  }

  /** @param {Draft} kept */
  #keptNote(kept) {
    const { text, end } = kept;
    const words = new Map([
      ['left', t('Not saved: {text}.', { text: quoted(text) })],
      ['refused', t('This could not be saved.')],
    ]);
    return h(
      'p',
      { class: 'draft-note', role: 'status' },
      words.get(end ?? '') ?? t('Not saved yet.'),
      ' ',
      h(
        'button',
        { class: 'link', type: 'button', onClick: () => this.#saveKept(kept) },
        t('Save'),
      ),
      ' · ',
      h('button', { class: 'link', type: 'button', onClick: () => this.#discard() }, t('Discard')),
    );
  }

  /** @param {Draft} kept */
  #saveKept(kept) {
    this.#begin();
    this.#draft = kept.text;
    this.#finish();
  }

  #discard() {
    this.app.drafts.drop(this.props.place);
    this.draw();
  }

  /** @param {string} incoming */
  #note(incoming) {
    return h(
      'p',
      { class: 'draft-note', role: 'status' },
      incoming === ''
        ? t('This was emptied meanwhile; your words are kept.')
        : t('This was changed meanwhile to {text}; your words are kept.', {
          text: quoted(incoming),
        }),
      ' ',
      h('button', {
        class: 'link',
        type: 'button',
        // The field keeps the focus.
        onMousedown: (event) => event.preventDefault(),
        onClick: () => this.#takeIncoming(incoming),
      }, t('Use the other version')),
    );
  }

  drawn() {
    // The user may have typed until the role was lost.
    if (this.props.readOnly) this.#field.value = this.props.value;
    this.#grow();
  }

  #begin() {
    if (this.props.readOnly) return;
    const kept = this.#kept;
    this.#draft = kept && kept.end !== 'left' ? kept.text : this.props.value;
    this.#saved = this.props.value;
    this.#base = kept?.base ?? { base_seq: this.props.seq, saw: this.props.value };
    if (kept) this.draw();
  }

  /** @param {string} text */
  #typed(text) {
    this.props.onTyping?.();
    this.#draft = this.props.line ? text.replace(/\n/g, ' ') : text;
    this.#keep(this.#draft);
    this.#grow();
    clearTimeout(this.#timer);
    // A line is saved when the focus leaves: half a title is of no use to other users.
    if (!this.props.line) this.#timer = setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  /**
   * Keep a draft on this device until it is saved.
   * @param {string} text
   * @param {Draft['end']} [end]
   */
  #keep(text, end) {
    const { place, keptWith } = this.props;
    const isSaved = text.trim() === this.#saved;
    this.app.drafts.keep(place, { ...keptWith, text: isSaved ? '' : text, base: this.#base, end });
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLTextAreaElement} field
   */
  #handleKey(event, field) {
    const { line } = this.props;
    if (event.key === 'Escape') {
      event.stopPropagation();
      if (line && this.#draft !== null && this.#saved !== null) {
        this.#keep(this.#draft, 'left');
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
    // Nobody is signed in any more: the draft is kept for the next sign-in. Or another member has
    // deleted the todo: the draft is offered where it can be copied.
    if (!this.app.actions?.find(this.props.keptWith.todoId)) return;
    this.props.onSave(text, this.#base);
    this.app.drafts.drop(this.props.place, this.app.actions.kept);
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
    this.app.drafts.drop(this.props.place);
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
