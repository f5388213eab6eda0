// A note that others are editing a todo. It takes no room, so nothing moves when it comes or goes.

import { editingText, editorsText } from '../../format/presence.js';
import { avatar } from '../base/avatar.js';
import { h } from '../base/dom.js';

/**
 * @import { Editor } from '../../sync/presence.js'
 */

/** @param {Editor[] | undefined} editors */
export function editingIndicator(editors) {
  if (!editors || editors.length === 0) return null;
  return h(
    'span',
    { key: 'editing', class: 'editing-indicator' },
    avatar(editors[0].user, 'small'),
    h(
      'span',
      { class: 'editing-text' },
      h('span', { class: 'editing-who' }, `${editorsText(editors)} `),
      editingText(editors),
    ),
  );
}
