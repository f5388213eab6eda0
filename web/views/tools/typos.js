// Words with one typo: a letter that is wrong, missing, too many, or swapped with the next. Pure.
// shared/search/typos.py does the same for the API: both read tests/support/typo_cases.json.

// Shorter words are like too many others: "mail" and "main", "bus" and "but".
const MIN_LENGTH = 4;
// One letter less of a word this long leaves enough of it.
const MIN_LENGTH_FOR_MISSING = 5;
// As many words as a search may have: those that were typed on the way there are forgotten.
const MOST_KNOWN = 20;
// A word has four patterns a letter, and each is compared with a text.
const MAX_LENGTH = 20;

/** @type {Map<string, (text: string) => boolean>} */
const known = new Map();

/**
 * Return true if a text contains a word, perhaps with one typo; both are folded.
 * @param {string} text
 * @param {string} word
 */
export function hasNear(text, word) {
  let test = known.get(word);
  if (!test) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(word, test = testOf(word));
  }
  return test(text);
}

/**
 * @param {string} word
 * @returns {(text: string) => boolean}
 */
function testOf(word) {
  const letters = [...word];
  if (letters.length < MIN_LENGTH || letters.length > MAX_LENGTH) {
    return (text) => text.includes(word);
  }
  const middle = Math.floor(letters.length / 2);
  // A typo is in one half, or swaps the letters between them: few texts are left to compare.
  const parts = [
    letters.slice(0, middle).join(''),
    letters.slice(middle).join(''),
    swapped(letters, middle).join(''),
  ];
  const pattern = new RegExp(patterns(letters).join('|'), 'su');
  return (text) => parts.some((part) => text.includes(part)) && pattern.test(text);
}

/** @param {string[]} letters */
function patterns(letters) {
  const found = [literal(letters)];
  for (const at of letters.keys()) {
    const before = literal(letters.slice(0, at));
    const after = literal(letters.slice(at + 1));
    found.push(`${before}.${after}`);
    if (at > 0) {
      found.push(`${before}.${literal(letters.slice(at))}`, literal(swapped(letters, at)));
    }
    if (letters.length >= MIN_LENGTH_FOR_MISSING) found.push(before + after);
  }
  return found;
}

/**
 * Return the letters with the one at an index and the one before it swapped.
 * @param {string[]} letters
 * @param {number} at
 */
const swapped = (letters, at) => [
  ...letters.slice(0, at - 1),
  letters[at],
  letters[at - 1],
  ...letters.slice(at + 1),
];

/** @param {string[]} letters */
const literal = (letters) => letters.join('').replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
