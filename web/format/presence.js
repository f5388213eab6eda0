// Who has a list open, and what they are editing, as text. Pure.

import { message, t, tn } from '../languages/translate.js';
import { own } from '../own.js';

/**
 * @import { Editor } from '../sync/presence.js'
 */

/** @type {Record<string, string>} */
const SENTENCES = {
  title: message('{name} is editing the title…'),
  description: message('{name} is editing the description…'),
  comment: message('{name} is writing a comment…'),
};
/** @type {Record<string, string>} */
const WITHOUT_NAME = {
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
 * Return "Ben is editing the title…" or "2 people are editing…".
 * @param {Editor[]} editors at least one
 */
export function editingText(editors) {
  const [{ user, field }, another] = editors;
  return another
    ? tn(editors.length, '{count} person is editing…', '{count} people are editing…')
    : t(own(SENTENCES, field) ?? message('{name} is editing…'), { name: user.name });
}

/**
 * Return "editing the title…" or "editing…", for a place where a face shows who does.
 * @param {Editor[]} editors at least one
 */
export const shortEditingText = (editors) =>
  t((editors.length === 1 && own(WITHOUT_NAME, editors[0].field)) || message('editing…'));
