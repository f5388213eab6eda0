// A note that others are editing a todo. It takes no room, so nothing moves when it comes or goes.

import { editingText, shortEditingText } from '../../format/presence.js';
import { avatar } from '../base/avatar.js';
import { h } from '../base/dom.js';

/**
 * @import { Editor } from '../../sync/presence.js'
 */

/**
 * @param {Editor[] | undefined} editors
 * @param {boolean} [isShort] where there is little room, the face shows who edits
 */
export function editingIndicator(editors, isShort = false) {
  if (!editors || editors.length === 0) return null;
  const text = editingText(editors);
  return h(
    'span',
    { key: 'editing', class: 'editing-indicator' },
    avatar(editors[0].user, 'small'),
    isShort ? h('span', { class: 'hidden' }, text) : null,
    h(
      'span',
      { class: 'editing-text', 'aria-hidden': isShort ? 'true' : undefined },
      isShort ? shortEditingText(editors) : text,
    ),
  );
}
