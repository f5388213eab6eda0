// Whose hands are on a todo: a quiet note that takes no room, so nothing jumps when it comes or goes.

import { h } from '../base/dom.js';
import { avatar } from '../base/avatar.js';
import { handsDoing, handsWho } from '../../format/presence.js';

export function handsNote(hands, extra = '') {
  if (!hands || hands.length === 0) return null;
  return h(
    'span',
    { key: 'hands', class: `hands ${extra}` },
    avatar(hands[0].user, 'small'),
    h(
      'span',
      { class: 'hands-words' },
      h('span', { class: 'hands-who' }, `${handsWho(hands)} `),
      handsDoing(hands),
    ),
  );
}
