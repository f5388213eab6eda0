// Who is meant by "@Ada" in a comment. Pure. Users write names; ids are sent.

/** @typedef {{id: string, name: string}} Named */

/** @param {string} text */
const folded = (text) => text.normalize('NFC').toLocaleLowerCase();
/** @param {string} name */
const firstName = (name) => name.split(/\s/)[0];
/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
// Not within a word or an address: "example.org/@ada".
const BEFORE = '(?<![\\p{L}\\p{N}_/.-])';

/**
 * Return what may stand after "@" for each user: the whole name, and the first name, where only
 * one user has it. The longest come first.
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
 * Return the text with "@[id]" for each "@name" of these users: in any case, but never as part of
 * a longer word.
 * @param {string} text
 * @param {Named[]} users
 */
export function withIds(text, users) {
  const names = namesOf(users);
  if (names.length === 0) return text;
  // One pass, the longest first: an id that was put in is not searched again.
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
 * Return the users that the word being typed after "@" may mean.
 * @template {Named} User
 * @param {string} before the text up to the caret
 * @param {User[]} users
 * @returns {{from: number, users: User[]}} `from`: where the "@" is; -1 without one
 */
export function offered(before, users) {
  const typed = new RegExp(`${BEFORE}@([^@\\n]{0,40})$`, 'u').exec(before);
  if (!typed) return { from: -1, users: [] };
  const start = folded(typed[1]);
  // A name that is complete is meant: Enter sends, and takes no longer name.
  if (users.some(({ name }) => folded(name) === start.trimEnd())) {
    return { from: typed.index, users: [] };
  }
  /** @param {User} user */
  const isMatch = ({ name }) =>
    folded(name).startsWith(start) ||
    (start && folded(name).split(/\s+/).some((word) => word.startsWith(start)));
  return { from: typed.index, users: users.filter(isMatch) };
}
