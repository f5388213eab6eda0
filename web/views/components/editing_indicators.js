// Whose editors are on a todo: a quiet note that takes no room, so nothing jumps when it comes or goes.

import { h } from '../base/dom.js';
import { avatar } from '../base/avatar.js';
import { editingText, editorsText } from '../../format/presence.js';

export function editingIndicator(editors, extra = '') {
  if (!editors || editors.length === 0) return null;
  return h(
    'span',
    { key: 'editing', class: `editing-indicator ${extra}` },
    avatar(editors[0].user, 'small'),
    h(
      'span',
      { class: 'editing-text' },
      h('span', { class: 'editing-who' }, `${editorsText(editors)} `),
      editingText(editors),
    ),
  );
}
