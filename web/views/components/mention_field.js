// A text field for mentions: while "@…" is typed, it offers the members whose names match.

import { offered } from '../../format/mentions.js';
import { t } from '../../languages/translate.js';
import { avatar } from '../base/avatar.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';

/**
 * @import { UserShape } from '../../types/contract.d.ts'
 * @import { PropsOf } from '../../types/dom.d.ts'
 */

/**
 * @typedef {object} MentionFieldProps
 * @property {UserShape[]} users who may be mentioned
 * @property {PropsOf<'textarea'>} field
 */

// As many as fit above a field on a phone; one more letter finds the others.
const SHOWN = 5;

/** @extends {View<MentionFieldProps>} */
export class MentionField extends View {
  /** Where the "@" is. */
  #from = -1;
  /** @type {UserShape[]} */
  #offered = [];
  #selected = 0;

  render() {
    const { field } = this.props;
    const isOpen = this.#offered.length > 0;
    return [
      h('textarea', {
        ...field,
        key: 'field',
        class: 'input',
        'aria-autocomplete': 'list',
        'aria-controls': isOpen ? 'mention-offer' : undefined,
        'aria-activedescendant': isOpen ? `mention-${this.#selected}` : undefined,
        onInput: (event) => {
          field.onInput?.(event);
          this.#offer(event.currentTarget);
        },
        onKeydown: (event) => {
          if (!this.#handleKey(event)) field.onKeydown?.(event);
        },
        onBlur: () => this.#close(),
      }),
      isOpen ? this.#list() : null,
    ];
  }

  #list() {
    return h(
      'ul',
      {
        key: 'offer',
        id: 'mention-offer',
        class: 'mention-offer',
        role: 'listbox',
        'aria-label': t('People to mention'),
      },
      this.#offered.map((user, at) =>
        h(
          'li',
          {
            key: user.id,
            id: `mention-${at}`,
            class: 'menu-item',
            role: 'option',
            'aria-selected': String(at === this.#selected),
            // The field keeps the focus, and on a phone its keyboard.
            onMousedown: (event) => event.preventDefault(),
            onClick: () => this.#take(user),
          },
          avatar(user, 'small'),
          h('span', { class: 'menu-label' }, user.name),
        )
      ),
    );
  }

  /** @param {HTMLTextAreaElement} field */
  #offer(field) {
    const { from, users } = offered(field.value.slice(0, field.selectionStart), this.props.users);
    this.#from = from;
    this.#offered = users.slice(0, SHOWN);
    this.#selected = 0;
    this.draw();
  }

  /**
   * Handle the keys of the open offer. Return false if the key is for the field.
   * @param {KeyboardEvent} event
   */
  #handleKey(event) {
    if (this.#offered.length === 0 || event.shiftKey) return false;
    switch (event.key) {
      case 'ArrowDown':
        this.#select(this.#selected + 1);
        break;
      case 'ArrowUp':
        this.#select(this.#selected - 1);
        break;
      case 'Enter':
      case 'Tab':
        this.#take(this.#offered[this.#selected]);
        break;
      case 'Escape':
        this.#close();
        break;
      default:
        return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** @param {number} at */
  #select(at) {
    this.#selected = (at + this.#offered.length) % this.#offered.length;
    this.draw();
  }

  /** @param {UserShape} user */
  #take(user) {
    const field = this.querySelector('textarea');
    field?.setRangeText(`@${user.name} `, this.#from, field.selectionStart, 'end');
    field?.dispatchEvent(new Event('input'));
    this.#close();
  }

  #close() {
    if (this.#offered.length === 0) return;
    this.#offered = [];
    this.draw();
  }
}

customElements.define('ll-mention-field', MentionField);
