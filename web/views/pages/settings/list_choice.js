// Which lists an API token reaches: boxes to choose them, and the choice in words.

import { listName } from '../../../format/list_name.js';
import { t, tn } from '../../../languages/translate.js';
import { own } from '../../../own.js';
import { h } from '../../base/dom.js';

/**
 * @import { MyListShape } from '../../../types/contract.d.ts'
 * @typedef {Record<string, MyListShape>} Lists
 */

// Names of the boxes: all values of a form share one record.
const PREFIX = 'list:';
// More names than this are not read.
const MAX_NAMES = 3;

/**
 * Return a box for each list, the Inbox first.
 * @param {Lists} lists
 */
export function listChoice(lists) {
  const sorted = Object.values(lists)
    .filter((list) => !list.archived_at)
    .sort((a, b) => Number(b.is_inbox) - Number(a.is_inbox) || a.name.localeCompare(b.name));
  const boxes = sorted.map((list) =>
    h(
      'label',
      { key: list.id, class: 'list-choice-row' },
      h('input', { type: 'checkbox', name: PREFIX + list.id }),
      h('span', null, listName(list)),
    )
  );
  return h(
    'fieldset',
    { class: 'field list-choice', key: 'lists' },
    h('legend', null, t('Which lists?')),
    boxes,
  );
}

/**
 * Return the ids of the lists whose boxes are checked.
 * @param {Record<string, string>} values of the form
 */
export const chosenLists = (values) =>
  Object.keys(values).filter((key) => key.startsWith(PREFIX)).map((key) =>
    key.slice(PREFIX.length)
  );

/**
 * Return "only House move and Family", or a number if names are many or unknown.
 * @param {string[]} listIds
 * @param {Lists} lists
 */
export function reachText(listIds, lists) {
  const names = listIds.map((id) => listName(own(lists, id)));
  if (listIds.length <= MAX_NAMES && names.every(Boolean)) {
    return t('only in {lists}', { lists: names.join(', ') });
  }
  return tn(listIds.length, '{count} list only', '{count} lists only');
}
