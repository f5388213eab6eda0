// Mentions in comments: users write "@Ada", and the client sends the user's id. Pure.

import { searchKey } from './folding.js';

/** @typedef {{id: string, name: string}} Named */

/** @param {string} text */
const folded = (text) => text.normalize('NFC').toLocaleLowerCase();
/** @param {string} name */
const firstName = (name) => name.split(/\s/)[0];
/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
// An "@" within a word or an address is no mention: "example.org/@ada".
const BEFORE = '(?<![\\p{L}\\p{N}_/.-])';

/**
 * Return the names that may follow "@": of each user the whole name and the first name, unless
 * another user has the same. The longest come first.
 * @param {Named[]} users
 * @returns {Named[]}
 */
function namesOf(users) {
  const parts = [(/** @type {string} */ name) => name, firstName];
  const names = parts.flatMap((part) =>
    users.map(({ id, name }) => ({ id, name: part(name) })).filter(({ name }, _at, all) =>
      all.filter((other) => folded(other.name) === folded(name)).length === 1
    )
  );
  return names.filter(({ name }) => name).sort((a, b) => b.name.length - a.name.length);
}

/**
 * Return the text with each "@name" of these users replaced by "@[id]". Case does not matter; a
 * name that is part of a longer word is not replaced.
 * @param {string} text
 * @param {Named[]} users
 */
export function withIds(text, users) {
  const names = namesOf(users);
  if (names.length === 0) return text;
  // One pass, so that an inserted id is not searched again; the longest name first.
  const pattern = new RegExp(
    `${BEFORE}@(${names.map(({ name }) => escaped(name)).join('|')})(?![\\p{L}\\p{N}_])`,
    'giu',
  );
  return text.replace(pattern, (whole, found) => {
    const meant = names.find(({ name }) => folded(name) === folded(found));
    return meant ? `@[${meant.id}]` : whole;
  });
}

/**
 * Return the users whose name begins with the word being typed after "@", or has such a word.
 * @template {Named} User
 * @param {string} before the text up to the caret
 * @param {User[]} users
 * @returns {{from: number, users: User[]}} `from`: where the "@" is; -1 without one
 */
export function offered(before, users) {
  const typed = new RegExp(`${BEFORE}@([^@\\n]{0,40})$`, 'u').exec(before);
  if (!typed) return { from: -1, users: [] };
  const [start, key] = [folded(typed[1]), searchKey(typed[1])];
  // Offer nothing once a full name is typed, so that Enter sends the comment.
  if (users.some(({ name }) => folded(name) === start.trimEnd())) {
    return { from: typed.index, users: [] };
  }
  /** @param {User} user */
  const isMatch = ({ name }) =>
    searchKey(name).startsWith(key) ||
    (key && searchKey(name).split(/\s+/).some((word) => word.startsWith(key)));
  return { from: typed.index, users: users.filter(isMatch) };
}
