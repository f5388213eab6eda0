// One item of a menu.

import { h } from '../base/dom.js';

/**
 * @import { Child } from '../../types/dom.d.ts'
 */

/**
 * @param {Child} mark
 * @param {string} label
 * @param {() => void} onClick
 * @param {object} [more]
 * @param {boolean} [more.checked]
 * @param {string} [more.hint]
 * @param {boolean} [more.danger]
 * @param {string} [more.key]
 * @param {() => void} [more.onFocus]
 */
export function item(mark, label, onClick, { checked, hint, danger, key, onFocus } = {}) {
  const isChoice = checked !== undefined;
  return h(
    'button',
    {
      key: key ?? label,
      class: `menu-item ${danger ? 'danger' : ''}`,
      type: 'button',
      onClick,
      onFocus,
      'aria-pressed': isChoice ? String(checked) : undefined,
    },
    mark,
    h('span', { class: 'menu-label' }, label),
    hint ? h('span', { class: 'menu-hint' }, hint) : null,
    checked ? h('span', { class: 'menu-check', 'aria-hidden': 'true' }, '✓') : null,
  );
}
