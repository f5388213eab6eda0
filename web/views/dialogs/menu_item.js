// One line of a menu.

import { h } from '../base/dom.js';

/** @param {{checked?: boolean, hint?: string, danger?: boolean, key?: string}} [more] */
export function item(mark, label, onClick, { checked, hint, danger, key } = {}) {
  return h(
    'button',
    {
      key: key ?? label,
      class: `menu-item ${danger ? 'danger' : ''}`,
      type: 'button',
      onClick,
      role: checked === undefined ? undefined : 'menuitemcheckbox',
      'aria-checked': checked === undefined ? undefined : String(checked),
    },
    mark,
    h('span', { class: 'menu-label' }, label),
    hint ? h('span', { class: 'menu-hint' }, hint) : null,
    checked ? h('span', { class: 'menu-check', 'aria-hidden': 'true' }, '✓') : null,
  );
}
