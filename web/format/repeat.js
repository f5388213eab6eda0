// Recurrence rules (RFC 5545) in plain words, and the rules that users choose most. Pure.

import { dueDay } from '../store/dates.js';
import { t, tn } from '../languages/translate.js';
import {
  dateText,
  DAY_CODES,
  everyText,
  listed,
  locale,
  monthName,
  monthNames,
  positionName,
  weekdayName,
} from './words/repeat_words.js';

/**
 * @import { RepeatShape } from '../types/contract.d.ts'
 * @import { Due } from '../types/client.d.ts'
 */

/** @typedef {Record<string, string | undefined>} RuleParts the parts of a rule, by name */

const WORKDAYS = 'MO,TU,WE,TH,FR';

/**
 * Return the parts of a rule: {FREQ: 'WEEKLY', BYDAY: 'TU'}.
 * @param {string} rule
 * @returns {RuleParts}
 */
export const partsOf = (rule) => Object.fromEntries(rule.split(';').map((part) => part.split('=')));

/**
 * Return the rule of its parts; empty ones are left out.
 * @param {RuleParts} parts
 */
export const ruleOf = (parts) =>
  Object.entries(parts).filter(([, value]) => value).map(([name, value]) => `${name}=${value}`)
    .join(';');

/**
 * Return the weekday of a day as a rule writes it.
 * @param {string} day
 */
export const codeOf = (day) => DAY_CODES[(new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7];

/** @param {string} day */
const isLastOfMonth = (day) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).getUTCDate() === 1;

/**
 * Return "every second Tuesday", "on the last day of every month", "every 3 days after it is done".
 * @param {Pick<RepeatShape, 'rule'> & Partial<RepeatShape>} repeat
 * @param {Due} [due] from which it repeats when it has no anchor
 */
export function repeatText(repeat, due) {
  const parts = partsOf(repeat.rule);
  const anchor = repeat.anchor ?? due;
  const text = repeat.counts_from === 'completion'
    ? t('{repeat} after it is done', { repeat: everyText(parts.FREQ ?? '', intervalOf(parts)) })
    : anchor
    ? scheduleText(parts, dueDay(anchor))
    : everyText(parts.FREQ ?? '', intervalOf(parts));
  return withEnd(text, parts, repeat.left);
}

/**
 * @param {RuleParts} parts
 * @param {string} day
 */
function scheduleText(parts, day) {
  if (parts.FREQ === 'YEARLY') return yearlyText(parts, day);
  const text = plainText(parts, day);
  return parts.BYMONTH
    ? t('{repeat} in {months}', { repeat: text, months: monthNames(parts.BYMONTH) })
    : text;
}

/**
 * @param {RuleParts} parts
 * @param {string} day
 */
function plainText(parts, day) {
  const interval = intervalOf(parts);
  if (parts.FREQ === 'WEEKLY') return weekdaysText(parts.BYDAY ?? codeOf(day), interval);
  if (parts.FREQ === 'MONTHLY') return ofMonths(positionText(parts, day), interval);
  return parts.BYDAY && interval === 1
    ? weekdaysText(parts.BYDAY, 1)
    : everyText(parts.FREQ ?? '', intervalOf(parts));
}

/**
 * @param {string} days
 * @param {number} interval
 */
function ofMonths(days, interval) {
  if (interval === 1) return t('{days} of every month', { days });
  if (interval === 2) return t('{days} of every second month', { days });
  return tn(interval, '{days} of every {count} month', '{days} of every {count} months', { days });
}

/**
 * @param {RuleParts} parts
 * @param {string} day
 */
function yearlyText(parts, day) {
  const every = everyText(parts.FREQ ?? '', intervalOf(parts));
  const months = parts.BYMONTH ?? String(Number(day.slice(5, 7)));
  const [date, ...others] = datesOf(parts, day);
  if (parts.BYDAY || parts.BYSETPOS || others.length > 0 || date < 0) {
    const days = positionText(parts, day);
    return t('{every}, {days} of {months}', { every, days, months: monthNames(months) });
  }
  const dates = months.split(',').map((month) =>
    // 30 February is a date of a rule, but of no calendar.
    t('{day} {month}', { day: date, month: monthName(month) })
  );
  const text = t('{every} on {days}', { every, days: listed(dates) });
  return withLastDay(text, [date], months);
}

/**
 * Return the days of the month that a rule names; without any, that of its first day.
 * @param {RuleParts} parts
 * @param {string} day
 */
const datesOf = (parts, day) => (parts.BYMONTHDAY ?? day.slice(8)).split(',').map(Number);

/**
 * Add that a month without the date has its last day instead, if there is such a month.
 * @param {string} days
 * @param {number[]} dates
 * @param {string} [months] of the rule: by default February, as in a rule for every month
 */
function withLastDay(days, dates, months = '2') {
  // Of a common year: in most years February has 28 days.
  const lengths = months.split(',')
    .map((month) => new Date(Date.UTC(2001, Number(month), 0)).getUTCDate());
  const isLacking = dates.some((date) => date > Math.min(...lengths));
  return isLacking && !dates.includes(-1) ? t('{days} (or the last day)', { days }) : days;
}

/** @param {RuleParts} parts */
const intervalOf = (parts) => Number(parts.INTERVAL ?? 1);

/**
 * @param {string} codes
 * @param {number} interval in weeks
 */
function weekdaysText(codes, interval) {
  if (codes === WORKDAYS && interval === 1) return t('every weekday');
  const names = codes.split(',').map(weekdayName);
  if (interval === 1) return t('every {days}', { days: listed(names) });
  if (interval === 2 && names.length === 1) return t('every second {day}', { day: names[0] });
  const every = everyText('WEEKLY', interval);
  return t('{every} on {days}', { every, days: listed(names) });
}

/**
 * Return "on the last day", "on the second Tuesday", "on the 31st (or the last day)".
 * @param {RuleParts} parts
 * @param {string} day
 */
function positionText(parts, day) {
  const picked = parts.BYSETPOS?.split(',')
    .map((position) => positionName(Number(position)));
  if (parts.BYDAY) {
    return weekdayPosition(parts.BYDAY, picked);
  }
  const dates = datesOf(parts, day);
  const days = listed(dates.map(dateText));
  const text = picked
    ? t('on the {position} of the {days}', { position: listed(picked), days })
    : t('on the {days}', { days });
  return withLastDay(text, dates, parts.BYMONTH);
}

/**
 * @param {string} codes
 * @param {string[] | undefined} picked
 */
function weekdayPosition(codes, picked) {
  const days = codes === WORKDAYS
    ? t('weekday')
    : listed(codes.split(',').map(weekdayText), picked ? 'disjunction' : 'conjunction');
  if (picked) return t('on the {position} {day}', { position: listed(picked), day: days });
  return /^[+-]?\d/.test(codes) ? t('on the {days}', { days }) : t('on every {days}', { days });
}

/** @param {string} code "TU", or "2TU" for the second Tuesday */
function weekdayText(code) {
  const [, position, name] = /^([+-]?\d)?(\w\w)$/.exec(code) ?? ['', '', code];
  if (!position) return weekdayName(name);
  return t('{position} {day}', {
    position: positionName(Number(position)),
    day: weekdayName(name),
  });
}

/**
 * @param {string} repeat
 * @param {RuleParts} parts
 * @param {number | null | undefined} left
 */
function withEnd(repeat, parts, left) {
  const count = left ?? (parts.COUNT ? Number(parts.COUNT) : null);
  if (count === 1) return t('{repeat}, for the last time', { repeat });
  if (count !== null) {
    return tn(count, '{repeat}, {count} time', '{repeat}, {count} times', { repeat });
  }
  const until = /^(\d{4})(\d\d)(\d\d)$/.exec(parts.UNTIL ?? '');
  if (!until) return repeat;
  const date = new Intl.DateTimeFormat(locale(), { dateStyle: 'long', timeZone: 'UTC' })
    .format(Date.UTC(Number(until[1]), Number(until[2]) - 1, Number(until[3])));
  return t('{repeat}, until {date}', { repeat, date });
}

/**
 * Return the rules that most users choose for something due on that day.
 * @param {Due} due
 */
export function usualRules(due) {
  const day = dueDay(due);
  const code = codeOf(day);
  return [
    'FREQ=DAILY',
    `FREQ=WEEKLY;BYDAY=${WORKDAYS}`,
    `FREQ=WEEKLY;BYDAY=${code}`,
    `FREQ=WEEKLY;INTERVAL=2;BYDAY=${code}`,
    isLastOfMonth(day) ? 'FREQ=MONTHLY;BYMONTHDAY=-1' : 'FREQ=MONTHLY',
    'FREQ=YEARLY',
  ];
}

/**
 * Return the body of the request that makes another todo repeat as this series does.
 * @param {RepeatShape | null} repeat
 */
export const repeatBody = (repeat) =>
  repeat && { rule: repeat.rule, counts_from: repeat.counts_from, anchor: repeat.anchor };

/**
 * Return the text with a capital letter: "Every second Tuesday".
 * @param {string} text
 */
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * Return the rule moved to the weekday of `due`: every Tuesday becomes every Thursday.
 * @param {string} rule
 * @param {Due} due
 */
export function ruleOn(rule, due) {
  const parts = partsOf(rule);
  return parts.FREQ === 'WEEKLY' && /^\w\w$/.test(parts.BYDAY ?? '')
    ? ruleOf({ ...parts, BYDAY: codeOf(dueDay(due)) })
    : rule;
}
