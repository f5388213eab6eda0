// The words of a line. What is quoted or follows a backslash is never read. Pure.

/**
 * @typedef {object} Token
 * @property {string} word as it is typed
 * @property {string} shown in a title: without the backslash
 * @property {string} lower
 * @property {boolean} isLiteral never read
 * @property {boolean} isTaken by a reading
 * @property {boolean} isMark "#home", "+errands": no end of a sentence
 */

const QUOTED = /(?<![^\s(])(?:"[^"]*"|“[^”]*”|„[^“”"]*[“”"]|«[^»]*»)(?![\p{L}\p{N}])/gu;
const ESCAPED = /^\\(?=[\p{L}\p{N}#@+!])/u;

/**
 * Return the words of a line.
 * @param {string} line
 * @returns {Token[]}
 */
export function tokensOf(line) {
  const quoted = [...line.matchAll(QUOTED)].map((match) => [
    match.index,
    match.index + match[0].length,
  ]);
  return [...line.matchAll(/\S+/g)].map(({ 0: word, index }) => ({
    word,
    shown: word.replace(ESCAPED, ''),
    lower: word.toLowerCase(),
    isLiteral: word.startsWith('\\') ||
      quoted.some(([from, to]) => index < to && index + word.length > from),
    isTaken: false,
    isMark: false,
  }));
}

/** Between the parts of a reading whose words are not beside each other. */
export const GAP = ' … ';

/**
 * Keep the words of refused readings in the title.
 * @param {Token[]} tokens
 * @param {ReadonlySet<string>} refused
 */
export function refuse(tokens, refused) {
  for (const part of [...refused].flatMap((words) => words.split(GAP))) {
    const words = part.split(' ');
    for (let at = 0; at + words.length <= tokens.length; at += 1) {
      const found = tokens.slice(at, at + words.length);
      if (found.every(({ word }, index) => word === words[index])) {
        found.forEach((token) => token.isLiteral = true);
      }
    }
  }
}

/**
 * @param {Token[]} tokens
 * @param {[number, number][]} spans
 */
export const wordsOf = (tokens, spans) =>
  spans.map(([from, to]) => tokens.slice(from, to).map(({ word }) => word).join(' ')).join(GAP);
