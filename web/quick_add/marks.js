// Words with a sign: "#home", "@ana", "+errands", "!4", "p1". Pure.

import { searchKey } from '../format/folding.js';

/**
 * @import { Named } from '../format/mentions.js'
 * @import { Token } from './tokens.js'
 * @import { Context, Chip } from './read.js'
 */

const SIGN = /^([#@+])(\p{L}.*|\p{N}.*)$/u;
// A list or a user may have a name of several words.
const LONGEST_NAME = 4;
const END = /[.,;:!?]+$/;

/** @param {string} text */
const key = (text) => searchKey(text).replace(/[\s_-]+/g, ' ').trim();

/**
 * Return the words after a sign that are the name of one of these, the longest name first.
 * @param {Token[]} tokens
 * @param {number} at
 * @param {Named[]} named
 * @returns {{found: Named, to: number} | null}
 */
function nameAt(tokens, at, named) {
  for (let length = Math.min(LONGEST_NAME, tokens.length - at); length > 0; length -= 1) {
    const words = tokens.slice(at, at + length);
    if (words.some(({ isLiteral, isTaken }) => isLiteral || isTaken)) continue;
    const text = words.map(({ word }) => word).join(' ').slice(1);
    for (const name of [text, text.replace(END, '')]) {
      const all = named.filter((each) => key(each.name) === key(name));
      if (all.length === 1) return { found: all[0], to: at + length };
    }
  }
  return null;
}

/**
 * Return the names that may follow "@": whole ones, and first names that only one user has.
 * @param {Named[]} people
 */
const withFirstNames = (people) => [
  ...people,
  ...people.map(({ id, name }) => ({ id, name: name.split(/\s/)[0] }))
    .filter(({ id, name }) => !people.some((other) => other.id === id && other.name === name)),
];

/**
 * Read the words with a sign.
 * @param {Token[]} tokens
 * @param {Context} context
 * @returns {Chip[]}
 */
export function readMarks(tokens, context) {
  const lists = context.lists.length > 0 ? readNamed(tokens, '+', context.lists, 'list', 1) : [];
  const chosen = lists.find(({ kind }) => kind === 'list')?.id ?? context.listId;
  const { labels, people } = context.contentOf(chosen);
  return [
    ...lists,
    ...readNamed(tokens, '@', withFirstNames(people), 'person', Infinity)
      .map((chip) => ({
        ...chip,
        name: people.find(({ id }) => id === chip.id)?.name ?? chip.name,
      })),
    ...readLabels(tokens, labels, context),
    ...readPriority(tokens),
  ];
}

/**
 * @param {Token[]} tokens
 * @param {string} sign
 * @param {Named[]} named
 * @param {'list' | 'person'} kind
 * @param {number} most
 * @returns {Chip[]}
 */
function readNamed(tokens, sign, named, kind, most) {
  /** @type {Chip[]} */
  const chips = [];
  for (const [at, token] of tokens.entries()) {
    const name = !token.isLiteral && !token.isTaken && SIGN.exec(token.word);
    if (!name || name[1] !== sign) continue;
    const known = nameAt(tokens, at, named);
    token.isMark = true;
    if (known && chips.filter((chip) => chip.kind === kind).length < most) {
      chips.push(
        take(tokens, { kind, spans: [[at, known.to]], id: known.found.id, name: known.found.name }),
      );
    } else if (/^\p{L}/u.test(name[2]) && !known) {
      // "+49 170" and "Ben +1" name nothing.
      chips.push({ kind: `no-${kind}`, spans: [[at, at + 1]], name: token.word.replace(END, '') });
    }
  }
  return chips;
}

/**
 * @param {Token[]} tokens
 * @param {Named[]} labels
 * @param {Context} context
 * @returns {Chip[]}
 */
function readLabels(tokens, labels, { wanted, ownLabels }) {
  return tokens.flatMap((token, at) => {
    const name = !token.isLiteral && !token.isTaken &&
      /^#([\p{L}\p{N}_-]+)[.,;:!?]*$/u.exec(token.word)?.[1];
    if (!name) return [];
    token.isMark = true;
    /** @type {[number, number][]} */
    const spans = [[at, at + 1]];
    const label = labels.find((each) => key(each.name) === key(name));
    const mine = ownLabels.find((each) => key(each.name) === key(name));
    if (label) {
      const named = { id: label.id, name: label.name, hidesOwn: mine !== undefined };
      return [take(tokens, { kind: 'label', spans, ...named })];
    }
    if (mine) return [take(tokens, { kind: 'own-label', spans, id: mine.id, name: mine.name })];
    if (wanted?.has(token.word)) return [take(tokens, { kind: 'new-label', spans, name })];
    // "Call about issue #12".
    return /^\d+$/.test(name) ? [] : [{ kind: 'no-label', spans, name }];
  });
}

/**
 * Read the first priority. "!4" is the number of the API, 5 is urgent; "p1" counts from the other
 * end, as other to-do services do.
 * @param {Token[]} tokens
 * @returns {Chip[]}
 */
function readPriority(tokens) {
  const at = tokens.findIndex(({ word, isLiteral, isTaken }) =>
    !isLiteral && !isTaken && /^(?:![1-5]|p[1-5])$/.test(word)
  );
  if (at < 0) return [];
  const { word } = tokens[at];
  const number = Number(word[1]);
  return [take(tokens, {
    kind: 'priority',
    spans: [[at, at + 1]],
    name: word,
    priority: word.startsWith('!') ? number : 6 - number,
  })];
}

/**
 * Mark the words of a reading as taken.
 * @param {Token[]} tokens
 * @param {Chip} chip
 */
export function take(tokens, chip) {
  for (const [from, to] of chip.spans) {
    tokens.slice(from, to).forEach((token) => {
      token.isTaken = true;
      token.isMark = true;
    });
  }
  return chip;
}
