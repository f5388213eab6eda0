// What a list is known by: its icon, or else a dot of its colour.

import { h } from './dom.js';

/** @import { ListShape } from '../../types/contract.d.ts' */

/**
 * @param {Pick<ListShape, 'colour' | 'icon'> | undefined} list
 * @param {string} [size] more CSS classes
 */
export const listMark = (list, size = '') =>
  list?.icon
    ? h('span', { class: `list-icon ${size}`, 'aria-hidden': 'true' }, list.icon)
    : h('span', { class: `dot hue-${list?.colour} ${size}` });
