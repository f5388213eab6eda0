// Finds a day, perhaps with a time, at the end or the beginning of a text: "call tomorrow 9:00".
// Pure. It counts only if its whole phrase is valid and can hardly mean anything else.

import { addDays, weekday } from '../store/dates.js';

/**
 * Words `from` to `to`, without the last, and what they mean. `time`: HH:MM.
 * @typedef {{from: number, to: number, day: string, time: string | null}} DayPhrase
 */

/** @type {Map<string, number>} */
const DAYS = new Map([
  ['mon', 1],
  ['tue', 2],
  ['wed', 3],
  ['thu', 4],
  ['fri', 5],
  ['sat', 6],
  ['sun', 7],
]);
const LONGEST_PHRASE = 6;
const RELATIVE = 'today|tomorrow|next week';
const WEEKDAYS = 'monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|thu|fri';
// These are other words too ("she sat", "some sun"): they need a time, or "on".
const WORDS = 'sun|sat|wed';
const TIME = '(?:at )?(?:(?<hour>\\d{1,2}):(?<minute>\\d{2}) ?(?<half>am|pm)?' +
  '|(?<fullHour>\\d{1,2}) ?(?<halfOfFull>am|pm))';
const PHRASES = [
  new RegExp(`^(?:on |by )?(?<day>${RELATIVE}|${WEEKDAYS}),?(?: ${TIME})?$`),
  new RegExp(`^(?<day>${WORDS}),? ${TIME}$`),
  new RegExp(`^on (?<day>${WORDS})$`),
  new RegExp(`^${TIME},? (?:on )?(?<day>${RELATIVE}|${WEEKDAYS}|${WORDS})$`),
];
// After these words a day is no due date: "not today", "the Monday", "before Friday".
const NO_DATE_AFTER = new Set(
  'not no the a an of this last until till before after since from for about than like and or & vs'
    .split(' '),
);
// "Black Friday" and its like are names.
const NAMES = new Set(
  'black good cyber easter palm ash holy shrove maundy super fat giving bloody manic freaky casual'
    .split(' '),
);

/**
 * Return the phrase at the end of `words`. If they are nothing else, they are a title after all.
 * @param {string[]} words
 * @param {string} today
 */
export function phraseAtEnd(words, today) {
  if (words.length <= LONGEST_PHRASE && phraseOf(words, 0, words.length, today)) return null;
  for (let length = Math.min(LONGEST_PHRASE, words.length - 1); length > 0; length -= 1) {
    const from = words.length - length;
    const phrase = phraseOf(words, from, words.length, today);
    if (phrase && mayFollow(words, from)) return phrase;
  }
  return null;
}

/**
 * Return the longest phrase that begins at `from`, with at least one word after it.
 * @param {string[]} words
 * @param {number} from
 * @param {string} today
 */
export function phraseFrom(words, from, today) {
  for (let to = Math.min(from + LONGEST_PHRASE, words.length - 1); to > from; to -= 1) {
    const phrase = phraseOf(words, from, to, today);
    if (phrase) return phrase;
  }
  return null;
}

/**
 * Return the phrase at the beginning. "Sunday roast" and "Today Show" are none: a weekday needs a
 * time or a comma, and what follows any other day must not be a name.
 * @param {string[]} words
 * @param {string} today
 */
export function phraseAtStart(words, today) {
  const phrase = phraseFrom(words, 0, today);
  if (!phrase || phrase.time) return phrase;
  const isMarked = /[,:]$/.test(words[phrase.to - 1]);
  const isRelative = new RegExp(`^(?:${RELATIVE})$`, 'i').test(words.slice(0, phrase.to).join(' '));
  return isMarked || (isRelative && !/^\p{Lu}/u.test(words[phrase.to])) ? phrase : null;
}

/**
 * @param {string[]} words
 * @param {number} from
 * @param {number} to
 * @param {string} today
 * @returns {DayPhrase | null}
 */
function phraseOf(words, from, to, today) {
  const text = words.slice(from, to).join(' ').toLowerCase().replace(/[,:]$/, '');
  for (const pattern of PHRASES) {
    const groups = pattern.exec(text)?.groups;
    if (!groups) continue;
    const day = dayFrom(groups.day, today);
    const hour = groups.hour ?? groups.fullHour;
    if (hour === undefined) return { from, to, day, time: null };
    const time = timeFrom(hour, groups.minute ?? '00', groups.half ?? groups.halfOfFull);
    return time === null ? null : { from, to, day, time };
  }
  return null;
}

/**
 * Return true if a day after these words is a due date. "Every second Tuesday" is a repeat.
 * @param {string[]} words
 * @param {number} at where the phrase begins
 */
function mayFollow(words, at) {
  const before = words.slice(Math.max(0, at - 3), at).map((word) => word.toLowerCase());
  const last = before.at(-1) ?? '';
  const isWeekday = !/^(?:by |on )?(?:today|tomorrow|next)/i.test(words.slice(at).join(' '));
  if (NO_DATE_AFTER.has(last)) return false;
  return !isWeekday ||
    !(NAMES.has(last) || before.some((word) => word === 'every' || word === 'each'));
}

/**
 * @param {string} word
 * @param {string} today
 */
function dayFrom(word, today) {
  if (word === 'today') return today;
  if (word === 'tomorrow') return addDays(today, 1);
  if (word === 'next week') return addDays(today, 8 - weekday(today));
  const wanted = DAYS.get(word.slice(0, 3)) ?? 1;
  return addDays(today, ((wanted - weekday(today) + 6) % 7) + 1);
}

/**
 * @param {string} hour
 * @param {string} minute
 * @param {string | undefined} half "am" or "pm"
 * @returns {string | null} HH:MM
 */
function timeFrom(hour, minute, half) {
  if (half && (Number(hour) < 1 || Number(hour) > 12)) return null;
  const of24 = half ? (Number(hour) % 12) + (half === 'pm' ? 12 : 0) : Number(hour);
  return of24 < 24 && Number(minute) < 60 ? `${String(of24).padStart(2, '0')}:${minute}` : null;
}
