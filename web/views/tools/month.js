// The days of a month as a calendar shows them, and how its keys go from day to day. Pure.

import { addDays, weekday } from '../../store/dates.js';

/** Those that the server takes. */
const [FIRST_DAY, LAST_DAY] = ['1980-01-01', '2999-12-31'];

/**
 * Return true for a day of the calendar that the server takes.
 * @param {string} day
 */
export const isDay = (day) =>
  /^\d{4}-\d\d-\d\d$/.test(day) && day >= FIRST_DAY && day <= LAST_DAY &&
  !Number.isNaN(Date.parse(`${day}T00:00:00Z`)) && addDays(day, 0) === day;

/** @param {string} day */
const bounded = (day) => day < FIRST_DAY ? FIRST_DAY : day > LAST_DAY ? LAST_DAY : day;

/**
 * Return the same day of another month, or the last day of a shorter one.
 * @param {string} day
 * @param {number} months
 */
export function addMonths(day, months) {
  const [year, month, date] = day.split('-').map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  const found = new Date(Date.UTC(year, month - 1 + months, Math.min(date, last)));
  return found.getUTCFullYear() > 2999 ? LAST_DAY : bounded(found.toISOString().slice(0, 10));
}

/**
 * Return the first day of the week of a day.
 * @param {string} day
 * @param {number} first weekday of a week, 1 for Monday
 */
const weekOf = (day, first) => addDays(day, -((weekday(day) - first + 7) % 7));

/**
 * Return the weeks of the month of a day, with the days of other months in the first and last one.
 * @param {string} day
 * @param {number} first weekday of a week, 1 for Monday
 */
export function weeksOf(day, first) {
  const start = weekOf(`${day.slice(0, 7)}-01`, first);
  const weeks = Array.from(
    { length: 6 },
    (_, week) => Array.from({ length: 7 }, (_, at) => addDays(start, week * 7 + at)),
  );
  return weeks.filter((week) => week.some((each) => each.slice(0, 7) === day.slice(0, 7)));
}

/**
 * Return the day to which a key goes (ARIA Authoring Practices, Date Picker Dialog); null if it has
 * no meaning.
 * @param {string} day
 * @param {{key: string, shiftKey: boolean}} event
 * @param {number} first weekday of a week
 * @param {boolean} isMirrored for a page from right to left
 */
export function dayAfterKey(day, { key, shiftKey }, first, isMirrored) {
  const forward = isMirrored ? -1 : 1;
  switch (key) {
    case 'ArrowLeft':
      return bounded(addDays(day, -forward));
    case 'ArrowRight':
      return bounded(addDays(day, forward));
    case 'ArrowUp':
      return bounded(addDays(day, -7));
    case 'ArrowDown':
      return bounded(addDays(day, 7));
    case 'Home':
      return bounded(weekOf(day, first));
    case 'End':
      return bounded(addDays(weekOf(day, first), 6));
    case 'PageUp':
      return addMonths(day, shiftKey ? -12 : -1);
    case 'PageDown':
      return addMonths(day, shiftKey ? 12 : 1);
    default:
      return null;
  }
}
