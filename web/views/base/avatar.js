// A user as a small round picture, or as initials on a colour that is always the same.

import { h } from './dom.js';

/**
 * @import { UserShape } from '../../types/contract.d.ts'
 */

const HUES = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink'];

/**
 * @param {UserShape | null | undefined} user
 * @param {string} [extra] more CSS classes
 */
export function avatar(user, extra = '') {
  if (!user) return h('span', { class: `avatar hue-grey ${extra}`, 'aria-hidden': 'true' }, '?');
  if (user.avatar_url) {
    return h(
      'span',
      { class: `avatar ${extra}` },
      h('img', { src: user.avatar_url, alt: '', loading: 'lazy', referrerpolicy: 'no-referrer' }),
    );
  }
  const sum = [...user.id].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  return h(
    'span',
    { class: `avatar hue-${HUES[sum % HUES.length]} ${extra}`, 'aria-hidden': 'true' },
    initials(user.name),
  );
}

/** @param {string} name */
function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const chosen = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return chosen.map((word) => [...word][0].toLocaleUpperCase()).join('') || '?';
}
