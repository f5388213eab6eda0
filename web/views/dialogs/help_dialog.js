// All keys on one page.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { KEYS } from '../shell/keyboard.js';

class Help extends View {
  render() {
    return [
      h(
        'div',
        { class: 'dialog-head' },
        h('h2', null, 'Keyboard'),
        h('button', {
          class: 'icon-button',
          autofocus: true,
          'aria-label': 'Close',
          onClick: () => this.app.ui.closeDialog(),
        }, icon('close')),
      ),
      h(
        'dl',
        { class: 'keys' },
        KEYS.map(([keys, words]) =>
          h(
            'div',
            { class: 'key-row' },
            h('dt', null, words),
            h(
              'dd',
              null,
              keys.split(' ').map((key) => (key === 'or' ? ' or ' : h('kbd', null, key))),
            ),
          )
        ),
      ),
      h(
        'p',
        { class: 'quiet' },
        'While adding, write the day and more: “Call Ben tomorrow 9:00 !4 #home”. A # takes a label that the list has.',
      ),
    ];
  }
}

customElements.define('ll-help', Help);
