// Who has a list open, and what they are editing, as text. Pure.

import { own } from '../own.js';

/**
 * @import { Editor } from '../sync/presence.js'
 */

/** @type {Record<string, string>} */
const FIELDS = {
  title: 'editing the title…',
  description: 'editing the description…',
  comment: 'writing a comment…',
};

/**
 * Return "Ana and Ben are here"; an empty text for no names.
 * @param {string[]} names
 * @param {string} locale
 */
export function presentText(names, locale) {
  if (names.length === 0) return '';
  const list = new Intl.ListFormat(locale, { type: 'conjunction' }).format(names);
  return `${list} ${names.length === 1 ? 'is' : 'are'} here`;
}

/**
 * Return "Ben is" or "2 people are".
 * @param {Editor[]} editors at least one
 */
export const editorsText = (editors) =>
  editors.length > 1 ? `${editors.length} people are` : `${editors[0].user.name} is`;

/**
 * Return "editing the title…" or "editing…".
 * @param {Editor[]} editors at least one
 */
export const editingText = (editors) =>
  (editors.length === 1 && own(FIELDS, editors[0].field)) || 'editing…';
