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
  if (!user) return disc(`hue-grey ${extra}`, '?', null);
  const sum = [...user.id].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  return disc(`hue-${HUES[sum % HUES.length]} ${extra}`, initials(user.name), user.avatar_url);
}

/**
 * The initials are drawn by the style sheet: as text they would be part of a button's name, for
 * those who speak to their device.
 * @param {string} look CSS classes
 * @param {string} letters
 * @param {string | null} src
 */
const disc = (look, letters, src) =>
  h(
    'span',
    { class: `avatar ${look}`, 'aria-hidden': 'true', 'data-initials': letters },
    src ? picture(src) : null,
  );

/**
 * Return a picture over the initials, which stay where it cannot be loaded.
 * @param {string} src
 */
function picture(src) {
  /** @param {Event} event */
  const mark = ({ currentTarget, type }) => {
    if (currentTarget instanceof Element) {
      currentTarget.classList.toggle('is-broken', type === 'error');
    }
  };
  return h('img', {
    src,
    alt: '',
    loading: 'lazy',
    referrerpolicy: 'no-referrer',
    onError: mark,
    onLoad: mark,
  });
}

/**
 * Return the initials of a name, without what is in brackets: “Gil (guest)” is G.
 * @param {string} name
 */
function initials(name) {
  const words = name.trim().split(/\s+/).filter((word) => word && !word.startsWith('('));
  const chosen = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return chosen.map((word) => [...word][0].toLocaleUpperCase()).join('') || '?';
}
