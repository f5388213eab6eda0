// The words of which rules of repetition are described, in the language of the page. Pure.

import { language, message, t, tn } from '../../languages/translate.js';
import { own } from '../../own.js';

export const DAY_CODES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const POSITIONS = [
  message('first'),
  message('second'),
  message('third'),
  message('fourth'),
  message('fifth'),
];
const POSITIONS_FROM_END = [
  message('last'),
  message('second to last'),
  message('third to last'),
  message('fourth to last'),
  message('fifth to last'),
];
/** @type {Record<string, string>} */
const ORDINALS = {
  one: message('{number}st'),
  two: message('{number}nd'),
  few: message('{number}rd'),
  other: message('{number}th'),
};
/** @type {Record<string, (interval: number) => string>} */
const EVERY = {
  DAILY: (interval) => tn(interval, 'every {count} day', 'every {count} days'),
  WEEKLY: (interval) => tn(interval, 'every {count} week', 'every {count} weeks'),
  MONTHLY: (interval) => tn(interval, 'every {count} month', 'every {count} months'),
  YEARLY: (interval) => tn(interval, 'every {count} year', 'every {count} years'),
};
/** @type {Record<string, string>} */
const EVERY_ONE = {
  DAILY: message('every day'),
  WEEKLY: message('every week'),
  MONTHLY: message('every month'),
  YEARLY: message('every year'),
};
/** @type {Record<string, string>} */
const EVERY_SECOND = {
  DAILY: message('every second day'),
  WEEKLY: message('every second week'),
  MONTHLY: message('every second month'),
  YEARLY: message('every second year'),
};

// English as the rest of the page: "Monday, Tuesday and Friday".
export const locale = () => language() === 'en' ? 'en-GB' : language();

/** @param {string} code */
export function weekdayName(code) {
  const at = DAY_CODES.indexOf(code);
  if (at < 0) return code;
  // 1 January 2024 was a Monday.
  return new Intl.DateTimeFormat(locale(), { weekday: 'long', timeZone: 'UTC' })
    .format(Date.UTC(2024, 0, 1 + at));
}

/** @param {string} number */
export const monthName = (number) =>
  new Intl.DateTimeFormat(locale(), { month: 'long', timeZone: 'UTC' })
    .format(Date.UTC(2024, Number(number) - 1, 1));

/** @param {string} numbers */
export const monthNames = (numbers) => listed(numbers.split(',').map(monthName));

/**
 * @param {string} frequency
 * @param {number} interval
 */
export function everyText(frequency, interval) {
  const unit = own(EVERY, frequency) ? frequency : 'DAILY';
  if (interval === 1) return t(EVERY_ONE[unit]);
  return interval === 2 ? t(EVERY_SECOND[unit]) : EVERY[unit](interval);
}

/**
 * Return "second", "last", "third to last", "12th".
 * @param {number} position negative: counted from the end
 */
export function positionName(position) {
  const from = position < 0 ? POSITIONS_FROM_END : POSITIONS;
  const name = from[Math.abs(position) - 1];
  if (name) return t(name);
  const number = ordinal(Math.abs(position));
  return position < 0 ? t('{number} to last', { number }) : number;
}

/** @param {number} date of a month; negative: counted from its end */
export function dateText(date) {
  if (date === -1) return t('last day');
  return date < 0 ? t('{number} to last day', { number: ordinal(-date) }) : ordinal(date);
}

/**
 * @param {string[]} names
 * @param {'conjunction' | 'disjunction'} [type]
 */
export const listed = (names, type = 'conjunction') =>
  new Intl.ListFormat(locale(), { type }).format(names);

/** @param {number} number */
export function ordinal(number) {
  const form = new Intl.PluralRules(locale(), { type: 'ordinal' }).select(number);
  return t(own(ORDINALS, form) ?? ORDINALS.other, { number });
}
