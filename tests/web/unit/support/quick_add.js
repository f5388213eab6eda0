// The reader and the lists of tests/support/quick_add/sentences.json, whose cases the client and
// the command line share.

import sentences from '../../../support/quick_add/sentences.json' with { type: 'json' };

/**
 * @import { Context, Reading } from '../../../../web/quick_add/read.js'
 * @typedef {{sentence: string, set: string, language: string, locale: string, now?: string,
 *   zone?: string, expected: Record<string, unknown>}} Case
 */

/** @param {string} name */
const named = (name) => ({ id: `id of ${name}`, name });
const nameOf = (/** @type {string} */ id) => id.replace('id of ', '');

export const CASES = /** @type {Case[]} */ (/** @type {unknown} */ (sentences.cases));
const CONTENT = { labels: sentences.labels.map(named), people: sentences.people.map(named) };
const [INBOX] = sentences.lists;

/**
 * @param {Partial<Context>} [changes]
 * @returns {Context}
 */
export const contextOf = (changes = {}) => ({
  zone: sentences.zone,
  now: Date.parse(sentences.now),
  language: 'en',
  monthFirst: false,
  listId: named(INBOX).id,
  lists: sentences.lists.map(named),
  ownLabels: [],
  contentOf: () => CONTENT,
  ...changes,
});

/**
 * Return a reading as the cases write it: without what is empty, and with names.
 * @param {Reading} reading
 */
export function shortened({ title, due, end, repeat, reminder, priority, labels, people, listId }) {
  const list = nameOf(listId);
  const moment = reminder &&
    ('at' in reminder
      ? { at: new Date(reminder.at).toISOString() }
      : { minutes_before: reminder.minutes });
  return {
    title,
    ...(due ? { due } : {}),
    ...(end ? { end } : {}),
    ...(repeat ? { repeat } : {}),
    ...(moment ? { reminder: moment } : {}),
    ...(priority ? { priority } : {}),
    ...(labels.length > 0 ? { labels: labels.map(nameOf) } : {}),
    ...(people.length > 0 ? { people: people.map(nameOf) } : {}),
    ...(list === INBOX ? {} : { list }),
  };
}
