// What the patterns for repeats and reminders mean: a rule (RFC 5545), and minutes. Pure.

import { codeOf, partsOf, ruleOf } from '../format/repeat.js';
import { DAY_CODES } from '../format/words/repeat_words.js';
import { addDays } from '../store/dates.js';
import { meaningOf, MONTHS, numberOf, ORDINALS, PARTS, unitOf, weekdayOf } from './words.js';

/**
 * @import { RuleParts } from '../format/repeat.js'
 * @import { Slots } from './meanings.js'
 * @typedef {{parts: RuleParts, part?: string}} Repeat `part`: the time of a part of the day
 */

/** @type {Record<string, string>} */
const FREQUENCIES = { d: 'DAILY', w: 'WEEKLY', m: 'MONTHLY', y: 'YEARLY' };
const MINUTES = { n: 1, h: 60, d: 1440, w: 7 * 1440 };
// A rule names a day of each year at least.
const LONGEST_WAIT_DAYS = 400;

/** @param {string} word */
const code = (word) => DAY_CODES[weekdayOf(word) - 1];

/**
 * @param {string} list "monday, wed and friday"
 */
function codesOf(list) {
  const days = list.split(/,? (?:and|und|&) |, ?/).map((word) => code(word.trim()));
  return DAY_CODES.filter((each) => days.includes(each)).join(',');
}

/** @param {Slots} slots */
function ordinalOf({ ord, nth }) {
  return ord ? meaningOf(ORDINALS, ord) ?? 1 : Number.parseInt(nth ?? '1', 10);
}

/** @param {Slots} slots */
const intervalOf = (slots) => {
  const interval = slots.n ? numberOf(slots.n) : ordinalOf(slots);
  return interval === 1 ? undefined : String(interval);
};

/** @param {number} day of a month */
const isDay = (day) => day >= 1 && day <= 31;

/** @type {Record<string, (slots: Slots) => Repeat | null>} */
export const REPEATS = {
  every(slots) {
    if (slots.quarter) return { parts: { FREQ: 'MONTHLY', INTERVAL: '3' } };
    const FREQ = FREQUENCIES[unitOf(slots.unit ?? '')];
    const interval = slots.n ? numberOf(slots.n) : ordinalOf(slots);
    return interval > 0 ? { parts: { FREQ, INTERVAL: intervalOf(slots) } } : null;
  },
  weekly: (slots) => ({
    parts: {
      FREQ: 'WEEKLY',
      INTERVAL: intervalOf(slots),
      BYDAY: codesOf(slots.weekdays ?? slots.weekday ?? slots.short ?? ''),
    },
  }),
  workdays: () => ({ parts: { FREQ: 'WEEKLY', BYDAY: 'MO,TU,WE,TH,FR' } }),
  weekends: () => ({ parts: { FREQ: 'WEEKLY', BYDAY: 'SA' } }),
  dailyPart: ({ part = '' }) => ({ parts: { FREQ: 'DAILY' }, part: PARTS[part] }),
  monthDay({ nth = '' }) {
    const day = Number.parseInt(nth, 10);
    return isDay(day) ? { parts: { FREQ: 'MONTHLY', BYMONTHDAY: String(day) } } : null;
  },
  monthLast: () => ({ parts: { FREQ: 'MONTHLY', BYMONTHDAY: '-1' } }),
  monthWeekday: (slots) => ({
    parts: { FREQ: 'MONTHLY', BYDAY: `${ordinalOf(slots)}${code(slots.weekday ?? '')}` },
  }),
  yearDay(slots) {
    const month = Number(slots.m ?? meaningOf(MONTHS, slots.month ?? slots.anymonth ?? ''));
    const day = Number.parseInt(slots.d ?? slots.nth ?? '', 10);
    const isReal = month >= 1 && month <= 12 &&
      day >= 1 && day <= new Date(Date.UTC(2000, month, 0)).getUTCDate();
    return isReal
      ? { parts: { FREQ: 'YEARLY', BYMONTH: String(month), BYMONTHDAY: String(day) } }
      : null;
  },
};

/**
 * Return the rule in the API's own spelling.
 * @param {RuleParts} parts
 */
export function canonicalRule({ FREQ, INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY }) {
  return ruleOf({ FREQ, INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY });
}

/**
 * Return the first day of a rule at or after a day, as the server does; null if there is none.
 * @param {string} rule
 * @param {string} from
 */
export function firstDay(rule, from) {
  const parts = partsOf(rule);
  for (let day = from, left = LONGEST_WAIT_DAYS; left > 0; left -= 1, day = addDays(day, 1)) {
    if (parts.UNTIL && day.replaceAll('-', '') > parts.UNTIL) return null;
    if (isDayOf(parts, day)) return day;
  }
  return null;
}

/**
 * @param {RuleParts} parts
 * @param {string} day
 */
function isDayOf({ BYMONTH, BYMONTHDAY, BYDAY }, day) {
  const [year, month, date] = day.split('-').map(Number);
  if (BYMONTH && Number(BYMONTH) !== month) return false;
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (BYMONTHDAY) {
    const wanted = Number(BYMONTHDAY);
    return date === (wanted < 0 ? length + 1 + wanted : Math.min(wanted, length));
  }
  const name = codeOf(day);
  return !BYDAY || BYDAY.split(',').some((each) => {
    const ordinal = Number.parseInt(each, 10);
    if (!each.endsWith(name)) return false;
    return !ordinal || (ordinal > 0 ? Math.ceil(date / 7) === ordinal : date > length - 7);
  });
}

/**
 * Return the minutes of "1h", "30 min", "eine Stunde".
 * @param {string} offset
 */
export function minutesOf(offset) {
  const [, number, unit] = /^(\d+|[^\d\s]+)\s?(\S+)$/.exec(offset) ?? [];
  const letter = /** @type {keyof typeof MINUTES} */ (unitOf(unit ?? 'min'));
  return numberOf(number ?? '1') * MINUTES[letter];
}
