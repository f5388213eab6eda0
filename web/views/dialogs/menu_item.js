// One item of a menu.

import { h } from '../base/dom.js';

/**
 * @import { Child } from '../../types/dom.d.ts'
 */

/**
 * @param {Child} mark
 * @param {string} label
 * @param {() => void} onClick
 * @param {{checked?: boolean, hint?: string, danger?: boolean, key?: string}} [more]
 */
export function item(mark, label, onClick, { checked, hint, danger, key } = {}) {
  const isChoice = checked !== undefined;
  return h(
    'button',
    {
      key: key ?? label,
      class: `menu-item ${danger ? 'danger' : ''}`,
      type: 'button',
      onClick,
      'aria-pressed': isChoice ? String(checked) : undefined,
    },
    mark,
    h('span', { class: 'menu-label' }, label),
    hint ? h('span', { class: 'menu-hint' }, hint) : null,
    checked ? h('span', { class: 'menu-check', 'aria-hidden': 'true' }, '✓') : null,
  );
}
