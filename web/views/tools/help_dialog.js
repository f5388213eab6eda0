// All keys on one page.

import { message, t } from '../../languages/translate.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { isMac } from '../shell/keyboard.js';
import { keysOf } from './keys.js';

/**
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

const QUICK_ADD = message(
  'While adding, write in plain words, English or German: “Call Ben every second ' +
    'Tuesday at 9 #home @ana +errands p1 remind me 1h before”. Press what was understood to keep ' +
    'its words in the title; words in quotation marks are never read. Shift+Enter begins ' +
    'another todo.',
);

/** @extends {View<UsedProps>} */
export class Help extends View {
  render() {
    return [
      h(
        'div',
        { class: 'dialog-head' },
        h('h2', { id: 'dialog-title' }, t('Keyboard shortcuts')),
        h('button', {
          class: 'icon-button',
          autofocus: true,
          'aria-label': t('Close'),
          onClick: () => this.app.ui.closeDialog(),
        }, icon('close')),
      ),
      h('dl', { class: 'keys' }, keysOf(isMac).map(keyRow)),
      h('p', { class: 'quiet' }, t(QUICK_ADD)),
    ];
  }
}

/** @param {{keys: string, text: string}} row */
function keyRow({ keys, text }) {
  const parts = keys.split(' ').map((key) => h('kbd', null, key));
  return h('div', { class: 'key-row' }, h('dt', null, text), h('dd', null, parts));
}

customElements.define('ll-help', Help);
