// Recurrence rules (RFC 5545) in plain words, and the rules that users choose most. Pure.

import { dueDay } from '../store/dates.js';
import { own } from '../own.js';

/**
 * @import { RepeatShape } from '../types/contract.d.ts'
 * @import { Due } from '../types/client.d.ts'
 */

/** @typedef {Record<string, string | undefined>} RuleParts the parts of a rule, by name */

/** @type {Record<string, string>} */
const WEEKDAYS = {
  MO: 'Monday',
  TU: 'Tuesday',
  WE: 'Wednesday',
  TH: 'Thursday',
  FR: 'Friday',
  SA: 'Saturday',
  SU: 'Sunday',
};
export const DAY_CODES = Object.keys(WEEKDAYS);
const WORKDAYS = 'MO,TU,WE,TH,FR';
// deno-fmt-ignore
const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June',
  'July', 'August', 'September', 'October', 'November', 'December',
];
const POSITIONS = ['first', 'second', 'third', 'fourth', 'fifth'];
/** @type {Record<string, string>} */
const UNITS = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' };

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

/** @param {string} code */
const weekdayName = (code) => own(WEEKDAYS, code) ?? code;

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
  const end = endText(parts, repeat.left);
  if (repeat.counts_from === 'completion') return `${everyText(parts)} after it is done${end}`;
  return (anchor ? scheduleText(parts, dueDay(anchor)) : everyText(parts)) + end;
}

/**
 * @param {RuleParts} parts
 * @param {string} day
 */
function scheduleText(parts, day) {
  const only = parts.BYMONTH && parts.FREQ !== 'YEARLY' ? ` in ${monthNames(parts.BYMONTH)}` : '';
  switch (parts.FREQ) {
    case 'DAILY': {
      const isEachWeek = parts.BYDAY && intervalOf(parts) === 1;
      return (isEachWeek ? weekdaysText(parts.BYDAY ?? '', 1) : everyText(parts)) + only;
    }
    case 'WEEKLY':
      return weekdaysText(parts.BYDAY ?? codeOf(day), intervalOf(parts)) + only;
    case 'MONTHLY':
      return `${positionText(parts, day)} of ${everyText(parts)}${only}`;
    default:
      return yearlyText(parts, day);
  }
}

/**
 * @param {RuleParts} parts
 * @param {string} day
 */
function yearlyText(parts, day) {
  const every = everyText(parts);
  const months = parts.BYMONTH ?? String(Number(day.slice(5, 7)));
  const [date, ...others] = datesOf(parts, day);
  if (parts.BYDAY || parts.BYSETPOS || others.length > 0 || date < 0) {
    return `${every}, ${positionText(parts, day)} of ${monthNames(months)}`;
  }
  const dates = months.split(',').map((month) => `${date} ${monthName(month)}`);
  return `${every} on ${listed(dates)}${lastDayNote([date], months)}`;
}

/**
 * Return the days of the month that a rule names; without any, that of its first day.
 * @param {RuleParts} parts
 * @param {string} day
 */
const datesOf = (parts, day) => (parts.BYMONTHDAY ?? day.slice(8)).split(',').map(Number);

/**
 * Return the note that a month without the date has its last day instead, if there is such a month.
 * @param {number[]} dates
 * @param {string} [months] of the rule: by default February, as in a rule for every month
 */
function lastDayNote(dates, months = '2') {
  // Of a common year: in most years February has 28 days.
  const lengths = months.split(',')
    .map((month) => new Date(Date.UTC(2001, Number(month), 0)).getUTCDate());
  const isLacking = dates.some((date) => date > Math.min(...lengths));
  return isLacking && !dates.includes(-1) ? ' (or the last day)' : '';
}

/** @param {RuleParts} parts */
const intervalOf = (parts) => Number(parts.INTERVAL ?? 1);

/** @param {string} number */
const monthName = (number) => MONTHS[Number(number) - 1];

/** @param {string} numbers */
const monthNames = (numbers) => listed(numbers.split(',').map(monthName));

/** @param {RuleParts} parts */
const everyText = (parts) => every(intervalOf(parts), own(UNITS, parts.FREQ ?? '') ?? 'time');

/**
 * @param {number} interval
 * @param {string} unit
 */
function every(interval, unit) {
  if (interval === 1) return `every ${unit}`;
  return interval === 2 ? `every second ${unit}` : `every ${interval} ${unit}s`;
}

/**
 * @param {string} codes
 * @param {number} interval in weeks
 */
function weekdaysText(codes, interval) {
  if (codes === WORKDAYS && interval === 1) return 'every weekday';
  const names = codes.split(',').map(weekdayName);
  if (interval === 1) return `every ${listed(names)}`;
  if (interval === 2 && names.length === 1) return `every second ${names[0]}`;
  return `${every(interval, 'week')} on ${listed(names)}`;
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
    const plain = parts.BYDAY === WORKDAYS
      ? 'weekday'
      : listed(parts.BYDAY.split(',').map(weekdayText), picked ? 'or' : 'and');
    return picked
      ? `on the ${listed(picked)} ${plain}`
      : `on ${/^[+-]?\d/.test(parts.BYDAY) ? 'the' : 'every'} ${plain}`;
  }
  const dates = datesOf(parts, day);
  const ofThem = picked ? `${listed(picked)} of the ` : '';
  return `on the ${ofThem}${listed(dates.map(dateText))}${lastDayNote(dates, parts.BYMONTH)}`;
}

/**
 * Return "second", "last", "third to last", "12th".
 * @param {number} position negative: counted from the end
 */
function positionName(position) {
  if (position === -1) return 'last';
  const name = POSITIONS[Math.abs(position) - 1] ?? ordinal(Math.abs(position));
  return position < 0 ? `${name} to last` : name;
}

/** @param {number} date of a month; negative: counted from its end */
function dateText(date) {
  if (date === -1) return 'last day';
  return date < 0 ? `${ordinal(-date)} to last day` : ordinal(date);
}

/** @param {string} code "TU", or "2TU" for the second Tuesday */
function weekdayText(code) {
  const [, position, name] = /^([+-]?\d)?(\w\w)$/.exec(code) ?? ['', '', code];
  return position ? `${positionName(Number(position))} ${weekdayName(name)}` : weekdayName(name);
}

/**
 * @param {RuleParts} parts
 * @param {number | null | undefined} left
 */
function endText(parts, left) {
  const count = left ?? (parts.COUNT ? Number(parts.COUNT) : null);
  if (count !== null) return count === 1 ? ', for the last time' : `, ${count} times`;
  const until = /^(\d{4})(\d\d)(\d\d)$/.exec(parts.UNTIL ?? '');
  return until ? `, until ${Number(until[3])} ${monthName(until[2])} ${until[1]}` : '';
}

/** @param {string[]} names */
function listed(names, last = 'and') {
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`;
}

/** @param {number} number */
export function ordinal(number) {
  const isTeen = number % 100 > 10 && number % 100 < 14;
  return `${number}${isTeen ? 'th' : ['th', 'st', 'nd', 'rd'][number % 10] ?? 'th'}`;
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
