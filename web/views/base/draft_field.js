// A text that may change under the hands. While it is in focus it keeps the draft, whatever events
// say; a quiet note tells when somebody else changed it. Saves after a pause and on leaving.

import { h } from './dom.js';
import { View } from './view.js';
import { quoted } from '../../format/overwrites.js';

const SAVE_AFTER_MS = 1_200;

class DraftField extends View {
  #draft = null;
  #saved = null;
  #base = {};
  #timer = null;
  theirs = null;

  set props(next) {
    const before = super.props.value;
    super.props = next;
    this.#arrived(before, next.value);
  }

  get props() {
    return super.props;
  }

  disconnected() {
    this.#save();
  }

  /** A new value from outside: ours coming back, or somebody else's. */
  #arrived(before, value) {
    if (
      this.#draft === null || before === undefined || value === before || value === this.#draft ||
      value === this.#saved
    ) return;
    this.theirs = value;
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
        onInput: (event) => this.#typed(event.target.value),
        onKeydown: (event) => this.#key(event),
      }),
      this.theirs === null ? null : h(
        'p',
        { class: 'draft-note', role: 'status' },
        this.theirs === ''
          ? 'This was emptied meanwhile'
          : `This was changed meanwhile to ${quoted(this.theirs)}`,
        '; your words are kept. ',
        h('button', {
          class: 'link',
          type: 'button',
          onMousedown: (event) => event.preventDefault(),
          onClick: () => this.#takeTheirs(),
        }, 'Use the other version'),
      ),
    ];
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

  #typed(text) {
    this.props.onTyping?.();
    this.#draft = this.props.line ? text.replace(/\n/g, ' ') : text;
    this.#grow();
    clearTimeout(this.#timer);
    // A line is saved on leaving: half a title is of no use to anybody.
    if (!this.props.line) this.#timer = setTimeout(() => this.#save(), SAVE_AFTER_MS);
  }

  #key(event) {
    if (event.key === 'Escape') {
      event.stopPropagation();
      if (this.props.line) {
        this.#draft = this.#saved;
        event.target.value = this.#saved;
      }
      event.target.blur();
    } else if (
      event.key === 'Enter' && !event.isComposing &&
      (this.props.line || event.metaKey || event.ctrlKey)
    ) {
      event.preventDefault();
      event.target.blur();
    }
  }

  #save() {
    clearTimeout(this.#timer);
    const text = this.#draft?.trim();
    if (text === undefined || text === this.#saved || (this.props.line && text === '')) return;
    this.props.onSave(text, this.#base);
    this.#saved = text;
    this.#base = { base_seq: this.props.seq, saw: text };
  }

  #finish() {
    this.#save();
    // An emptied title was not saved: show again what stands.
    if (this.#draft?.trim() !== this.#saved) {
      this.querySelector('textarea').value = this.props.value;
    }
    this.#draft = null;
    this.theirs = null;
    this.redraw();
  }

  #takeTheirs() {
    const field = this.querySelector('textarea');
    this.#draft = this.#saved = field.value = this.theirs;
    this.theirs = null;
    this.draw();
  }

  /** As tall as its text. */
  #grow() {
    const field = this.querySelector('textarea');
    field.style.setProperty('height', 'auto');
    field.style.setProperty('height', `${field.scrollHeight}px`);
  }
}

customElements.define('ll-draft-field', DraftField);
