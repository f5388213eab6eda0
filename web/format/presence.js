// Who has a list open, and what they are editing, as text. Pure.

import { message, t, tn } from '../languages/translate.js';
import { own } from '../own.js';

/**
 * @import { Editor } from '../sync/presence.js'
 */

/** @type {Record<string, string>} */
const FIELDS = {
  title: message('editing the title…'),
  description: message('editing the description…'),
  comment: message('writing a comment…'),
};

/**
 * Return "Ana and Ben are here"; an empty text for no names.
 * @param {string[]} names
 * @param {string} locale
 */
export function presentText(names, locale) {
  if (names.length === 0) return '';
  const list = new Intl.ListFormat(locale, { type: 'conjunction' }).format(names);
  return tn(names.length, '{names} is here', '{names} are here', { names: list });
}

/**
 * Return "Ben is" or "2 people are".
 * @param {Editor[]} editors at least one
 */
export const editorsText = (editors) =>
  editors.length > 1
    ? tn(editors.length, '{count} person is', '{count} people are')
    : t('{name} is', { name: editors[0].user.name });

/**
 * Return "editing the title…" or "editing…".
 * @param {Editor[]} editors at least one
 */
export const editingText = (editors) =>
  t((editors.length === 1 && own(FIELDS, editors[0].field)) || message('editing…'));
