// Phrases of a line: patterns of the grammar that stand beside each other, such as a day and a
// time, and whether their words can hardly mean anything else. Pure.

import { patternsFor } from './patterns.js';

/**
 * @import { Row } from './grammar.js'
 * @import { Language } from './words.js'
 * @import { Slots } from './meanings.js'
 * @import { Token } from './tokens.js'
 */

/**
 * Words `from` to `to`, without the last, that a pattern matches.
 * @typedef {{row: Row, language: Language, slots: Slots, text: string,
 *   from: number, to: number}} Match
 *
 * @typedef {object} Phrase
 * @property {number} from
 * @property {number} to
 * @property {Match[]} matches in their order
 */

// No pattern is longer than "on the last day of every month" with its prepositions.
const LONGEST_MATCH = 9;
/** @param {string} words */
const setOf = (words) => new Set(words.split(' '));
// After these words a day is no due date: "not today", "the Monday", "before Friday", "USA today".
const NOT_AFTER = setOf(
  'not no the a an of this last until till before after since from for about than like and or & ' +
    'vs versus version v chapter section page usa ' +
    'nicht kein keine der die das den dem des seit vor nach von vom ab und oder für wie letzten ' +
    'letzter kapitel seite abschnitt § nr nr.',
);
// "Black Friday" and its like are names.
const NAMES = setOf(
  'black good cyber easter palm ash holy shrove maundy super fat giving bloody manic freaky ' +
    'casual throwback taco schwarzer welt bild high',
);
const PREPOSITIONS = setOf(
  'with in about for at on by before after because ' +
    'mit bei in im wegen für beim auf am zu zum zur vor nach',
);
const OR = setOf('or and vs & / oder und bis');
/** Kinds that say something about a repeat. */
const OF_REPEAT = setOf('until from times after');
const CLOSING = /[,;:.!?]$/;
// A weekday may have a capital letter anywhere, other words only where a sentence begins.
const ENGLISH_NAMES =
  /^(?:(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|[ap]m$)/i;
// "Zahnarzt morgen anrufen": the verb ends a German phrase.
const GERMAN_VERB = /^[a-zäöüß]+(?:en|ern|eln)[.!?]?$/;
const CLOCK = /^\d{1,2}(?:[:.]\d{2}|\d*[ap]m)/i;

/** Days that name hours themselves, or end with a number that means another thing. */
const NO_HOUR_AFTER = setOf('inHours inHalfHour inQuarter dates slashes bareSlashes');

/**
 * Return true if a number alone may be an hour: "tomorrow 9" at the end of the text.
 * @param {Token[]} tokens
 * @param {number} at
 * @param {Phrase | undefined} before
 */
function mayBeHour(tokens, at, before) {
  if (before?.to !== at || CLOSING.test(tokens[at - 1].lower)) return false;
  const row = before.matches.at(-1)?.row;
  const hour = Number.parseInt(tokens[at].lower, 10);
  return row?.kind === 'day' && !NO_HOUR_AFTER.has(row.means) &&
    before.matches.every((each) => each.row.kind === 'day') &&
    hour >= 1 && hour <= 23 && tokens.slice(at + 1).every(({ isMark }) => isMark);
}

/**
 * Return the longest pattern at a word; of two as long the first of the grammar.
 * @param {Token[]} tokens
 * @param {number} from
 * @param {Language} language of the reader
 * @param {boolean} isAfterDay a number alone may be an hour
 * @returns {Match | null}
 */
function matchAt(tokens, from, language, isAfterDay) {
  let end = from;
  while (
    end < tokens.length && end - from < LONGEST_MATCH &&
    !tokens[end].isTaken && !tokens[end].isLiteral && !tokens[end].isMark
  ) end += 1;
  if (end === from) return null;
  const text = tokens.slice(from, end).map(({ lower }) => lower).join(' ');
  /** @type {Match | null} */
  let best = null;
  for (const { row, language: of, expression } of patternsFor(language)) {
    if (row.means === 'bareHour' && !isAfterDay) continue;
    const found = expression.exec(text);
    if (!found) continue;
    const to = from + found[0].split(' ').length;
    if (best && to <= best.to) continue;
    const slots = /** @type {Slots} */ (found.groups ?? {});
    const match = { row, language: of, slots, text: found[0], from, to };
    if (isWrittenSo(tokens, match)) best = match;
  }
  return best;
}

/**
 * Return true unless a capital letter makes the words a name: "The Today Show", "Guten Morgen".
 * @param {Token[]} tokens
 * @param {Match} match
 */
function isWrittenSo(tokens, { language, from, to, row }) {
  const capitals = tokens.slice(from, to).map(({ word }) => /^\p{Lu}/u.test(word));
  if (language === 'en') {
    const isName = capitals.some((isCapital, at) =>
      isCapital && from + at > 0 && !ENGLISH_NAMES.test(tokens[from + at].word)
    );
    const next = tokens[to]?.word ?? '';
    const isTitle = capitals[0] && from === 0 && /^(?:today|tomorrow)$/.test(row.means) &&
      /^\p{Lu}/u.test(next);
    return !isName && !isTitle;
  }
  return from === 0 || !capitals[0] || /^(?:weekday|part$|workdays$)/.test(row.means) ||
    CLOSING.test(tokens[from - 1].word);
}

/**
 * Return the phrases of a line.
 * @param {Token[]} tokens
 * @param {Language} language of the reader
 * @returns {Phrase[]}
 */
export function phrasesOf(tokens, language) {
  /** @type {Phrase[]} */
  const phrases = [];
  for (let at = 0; at < tokens.length;) {
    const match = matchAt(tokens, at, language, mayBeHour(tokens, at, phrases.at(-1)));
    if (!match) {
      at += 1;
      continue;
    }
    const last = phrases.at(-1);
    if (last && last.to === at && mayJoin(last.matches, match)) {
      last.matches.push(match);
      last.to = match.to;
    } else phrases.push({ from: at, to: match.to, matches: [match] });
    at = match.to;
  }
  return phrases;
}

const DATES = new Set(['date', 'numbers', 'slashes', 'bareSlashes', 'iso']);

/**
 * @param {Match[]} before
 * @param {Match} match
 */
function mayJoin(before, { row }) {
  // A chip of its own, so that the hour can be refused without the day.
  if (row.means === 'bareHour') return false;
  const last = /** @type {Match} */ (before.at(-1)).row;
  if (last.kind === 'reminder' || row.kind === 'reminder' || row.kind === 'remind') return false;
  if (before.some((each) => each.row.kind === row.kind)) {
    const isPartOfTime = row.kind === 'time' && (row.means === 'part') !== (last.means === 'part');
    const isDateOfWeekday = last.means === 'weekday' && DATES.has(row.means);
    const isEnd = row.kind === 'day' && before.some((each) => each.row.kind === 'repeat');
    return isPartOfTime || isDateOfWeekday || isEnd;
  }
  return true;
}

/**
 * Return true if the words of a phrase are a day, a time or a repeat for certain.
 * @param {Token[]} tokens
 * @param {Phrase} phrase
 * @param {Phrase[]} all
 * @returns {boolean}
 */
export function isCertain(tokens, phrase, all) {
  const { from, to, matches } = phrase;
  const kinds = new Set(matches.map(({ row }) => row.kind));
  const isOfRepeat = matches.some(({ row }) => OF_REPEAT.has(row.kind));
  if (isOfRepeat && !kinds.has('repeat')) return false;
  const before = from > 0 && !tokens[from - 1].isMark ? tokens[from - 1].lower : '';
  const after = tokens[to] && !tokens[to].isMark ? tokens[to].lower : '';
  if (NOT_AFTER.has(before)) return false;
  if (isOneOfSeveral(tokens, phrase, all) || CLOCK.test(after)) return false;
  if (matches[0].row.means === 'weekday') {
    const words = tokens.slice(Math.max(0, from - 3), from).map(({ lower }) => lower);
    if (NAMES.has(before) || words.some((word) => word === 'every' || word === 'each')) {
      return false;
    }
  } else if (matches[0].row.means === 'noon' && NAMES.has(before)) return false;
  if (matches[0].row.means === 'bareHour') {
    const day = all.find((each) => each.to === from);
    return Boolean(day) && isCertain(tokens, /** @type {Phrase} */ (day), all);
  }
  const place = placeOf(matches);
  if (place === 'anywhere') return true;
  return place !== 'joined' && isAtEdge(tokens, phrase, all, place);
}

/**
 * Return true for "today or tomorrow", "on Monday, Wednesday", "at 8 and 18": which one is meant?
 * @param {Token[]} tokens
 * @param {Phrase} phrase
 * @param {Phrase[]} all
 */
function isOneOfSeveral(tokens, { from, to, matches }, all) {
  if (OR.has(tokens[to]?.lower ?? '')) {
    const isNumber = /^\d+[.,;:!?]*$/.test(tokens[to + 1]?.lower ?? '');
    if (isNumber || all.some((other) => other.from === to + 1)) return true;
  }
  /** @param {Match[]} list */
  const hasDay = (list) => list.some(({ row }) => row.kind === 'day');
  return hasDay(matches) &&
    all.some((other) => (other.from === to || other.to === from) && hasDay(other.matches));
}

/**
 * Return where the words of a phrase are certain.
 * @param {Match[]} matches
 * @returns {Row['place']}
 */
function placeOf(matches) {
  const rows = matches.map(({ row }) => row);
  const isDated = rows.some(({ kind }) => kind === 'day' || kind === 'repeat');
  const isTimed = rows.some(({ kind, means }) => kind === 'time' && means !== 'part');
  if (isDated && isTimed) return 'anywhere';
  const places = rows.map(({ place }) => place);
  if (places.includes('anywhere')) return 'anywhere';
  // "Saturday night fever", "Freitag Abend".
  return places.includes('ends') ? 'ends' : places.includes('end') ? 'end' : 'joined';
}

/**
 * Return true if a comma or the like follows a phrase; the point of "am 1." is part of it.
 * @param {Token} token the last of the phrase
 * @param {Match[]} matches
 */
const isClosed = ({ lower }, matches) =>
  CLOSING.test(lower) && !matches.at(-1)?.text.endsWith(lower);

/**
 * @param {Token[]} tokens
 * @param {Phrase} phrase
 * @param {Phrase[]} all
 * @param {'ends' | 'end'} place
 */
function isAtEdge(tokens, { from, to, matches }, all, place) {
  /** @param {number} at */
  const isOther = (at) => tokens[at].isMark || all.some((each) => each.from <= at && at < each.to);
  const rest = tokens.slice(to).filter((_token, at) => !isOther(to + at));
  const isStart = tokens.slice(0, from).every((_token, at) => isOther(at));
  if (rest.length === 0 || isClosed(tokens[to - 1], matches)) return true;
  if (isStart && place === 'ends') return true;
  if (tokens[to].isMark) return false;
  if (rest.length === 1 && GERMAN_VERB.test(tokens[to].word)) {
    return matches.some(({ language, row }) => language === 'de' || row.means === 'bareClock');
  }
  return PREPOSITIONS.has(tokens[to].lower);
}
