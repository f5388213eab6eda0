// A person as a small round picture, or their initials on a colour that is always theirs.

import { h } from './dom.js';

const HUES = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink'];

export function avatar(user, extra = '') {
  if (!user) return h('span', { class: `avatar hue-grey ${extra}`, 'aria-hidden': 'true' }, '?');
  const hue =
    HUES[[...user.id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % HUES.length];
  if (user.avatar_url) {
    return h(
      'span',
      { class: `avatar ${extra}` },
      h('img', { src: user.avatar_url, alt: '', loading: 'lazy', referrerpolicy: 'no-referrer' }),
    );
  }
  return h(
    'span',
    { class: `avatar hue-${hue} ${extra}`, 'aria-hidden': 'true' },
    initials(user.name),
  );
}

function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0]?.toLocaleUpperCase() ?? '').join('') || '?';
}
