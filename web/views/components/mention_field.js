// A text in which people are mentioned: who may be meant is offered while "@…" is typed.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { avatar } from '../base/avatar.js';
import { offered } from '../../format/mentions.js';

// As many as fit above a field on a phone; one more letter finds the others.
const SHOWN = 5;

class MentionField extends View {
  #from = -1;
  #people = [];
  #at = 0;

  render() {
    const { field } = this.props;
    const open = this.#people.length > 0;
    return [
      h('textarea', {
        ...field,
        key: 'field',
        class: 'input',
        'aria-autocomplete': 'list',
        'aria-controls': open ? 'mention-offer' : undefined,
        'aria-activedescendant': open ? `mention-${this.#at}` : undefined,
        onInput: (event) => {
          field.onInput?.(event);
          this.#look(event.target);
        },
        onKeydown: (event) => this.#key(event),
        onBlur: () => this.#close(),
      }),
      open
        ? h(
          'ul',
          {
            key: 'offer',
            id: 'mention-offer',
            class: 'mention-offer',
            role: 'listbox',
            'aria-label': 'People to mention',
          },
          this.#people.map((user, at) =>
            h(
              'li',
              {
                key: user.id,
                id: `mention-${at}`,
                class: 'menu-item',
                role: 'option',
                'aria-selected': String(at === this.#at),
                // The field keeps the focus, and on a phone its keyboard.
                onMousedown: (event) => event.preventDefault(),
                onClick: () => this.#take(user),
              },
              avatar(user, 'small'),
              h('span', { class: 'menu-label' }, user.name),
            )
          ),
        )
        : null,
    ];
  }

  #look(field) {
    const { from, users: people } = offered(
      field.value.slice(0, field.selectionStart),
      this.props.people,
    );
    this.#from = from;
    this.#people = people.slice(0, SHOWN);
    this.#at = 0;
    this.draw();
  }

  #key(event) {
    const count = this.#people.length;
    const keys = {
      ArrowDown: () => {
        this.#at = (this.#at + 1) % count;
        this.draw();
      },
      ArrowUp: () => {
        this.#at = (this.#at + count - 1) % count;
        this.draw();
      },
      Enter: () => this.#take(this.#people[this.#at]),
      Tab: () => this.#take(this.#people[this.#at]),
      Escape: () => this.#close(),
    };
    if (count === 0 || !keys[event.key] || event.shiftKey || event.isComposing) {
      this.props.field.onKeydown(event);
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }

  #take(user) {
    const field = this.querySelector('textarea');
    field.setRangeText(`@${user.name} `, this.#from, field.selectionStart, 'end');
    this.#close();
  }

  #close() {
    if (this.#people.length === 0) return;
    this.#people = [];
    this.draw();
  }
}

customElements.define('ll-mention-field', MentionField);
