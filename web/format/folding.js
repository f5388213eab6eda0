// Texts as searches compare them. Pure. shared/text.py does the same for the API:
// tests/web/test_folding.py compares the two for every character.

// The text of a list of 10,000 todos is folded at the first letter that is typed.
const ASCII = /^[\0-\x7f]*$/;
const SINGLE_QUOTES =
  /[\u00b4\u02b9\u02bb\u02bc\u02c8\u05f3\u2018-\u201b\u2032\u2035\u2039\u203a]/g;
const DOUBLE_QUOTES = /[\u00ab\u00bb\u05f4\u201c-\u201f\u2033\u2036\u301d-\u301f]/g;
// Letters that NFKD leaves as they are, and dashes.
/** @type {Record<string, string>} */
const LETTERS = {
  'ß': 'ss',
  'æ': 'ae',
  'œ': 'oe',
  'þ': 'th',
  'ø': 'o',
  'ł': 'l',
  'đ': 'd',
  'ð': 'd',
  'ħ': 'h',
  'ŧ': 't',
  '\u0131': 'i',
  '\u03c2': '\u03c3',
};
const REPLACED = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');
const ALL_DASHES = /[\u058a\u05be\u2010-\u2015\u2043\u2212\u2e3a\u2e3b]/g;
// Accents, Hebrew points, Arabic vowels, and what shows nothing. Marks of other scripts stay, as
// does the breve of Cyrillic, which makes another letter.
const UNSEARCHED = new RegExp(
  '(?<![\\u0438\\u0443])\\u0306|[\\u0300-\\u0305\\u0307-\\u036f\\u0483-\\u0489\\u1ab0-\\u1aff' +
    '\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2' +
    '\\u05c4\\u05c5\\u05c7\\u0610-\\u061a\\u0640\\u064b-\\u065f\\u0670\\u06d6-\\u06dc' +
    '\\u06df-\\u06e4\\u06e7\\u06e8' +
    '\\u06ea-\\u06ed\\u00ad\\u061c\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064' +
    '\\u2066-\\u2069\\ufe00-\\ufe0f\\ufeff\\u{e0100}-\\u{e01ef}]',
  'gu',
);
// normalize() sorts the marks in a row in quadratic time, and other users wrote them. Beyond thirty
// they are no language (shared/text.py). NFKD makes marks of U+FF9E and U+FF9F.
const MANY_MARKS = /([\p{M}\uff9e\uff9f]{30})[\p{M}\uff9e\uff9f]+/gu;
// Dashes between spaces; all others are dropped, so that "email" finds "e-mail".
const LONE_DASHES = /(?<!\S)-+(?!\S)/g;

/** @param {string} text */
const withFewMarks = (text) => text.replace(MANY_MARKS, '$1');
/** @param {string} text */
const withoutDashes = (text) =>
  text.replace(LONE_DASHES, '\0').replaceAll('-', '').replaceAll('\0', '-');

/**
 * Return `text` without case, accents and invisible characters.
 * @param {string} text
 */
export function searchKey(text) {
  if (ASCII.test(text)) return withoutDashes(text.toLowerCase());
  const letters = withFewMarks(text)
    .replace(SINGLE_QUOTES, "'")
    .replace(DOUBLE_QUOTES, '"')
    .normalize('NFKD')
    .toLowerCase()
    .replace(REPLACED, (letter) => LETTERS[letter])
    .replace(ALL_DASHES, '-')
    .replace(UNSEARCHED, '');
  return withoutDashes(withFewMarks(letters).normalize('NFC'));
}

/**
 * Return the words of a search, each of which a text must contain.
 * @param {string} text
 */
export const searchWords = (text) => searchKey(text).split(/\s+/).filter(Boolean);
