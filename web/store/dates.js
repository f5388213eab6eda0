// Wall times and instants, by Intl alone. Pure: clock and zone are always parameters. A day is
// YYYY-MM-DD, a wall time YYYY-MM-DDTHH:MM:SS, an instant milliseconds.

/**
 * @import { Due } from '../types/client.d.ts'
 * @typedef {{due: Due | null, due_at?: string | null}} Dated
 * @typedef {{day: string, time: string | null, instant: number | null}} LocalDue
 */

const DAY_MS = 86_400_000;
/** @type {Map<string, Intl.DateTimeFormat>} by zone */
const formats = new Map();
/**
 * By zone and UTC day, in milliseconds; null for a day in which clocks change. Most days of a list
 * have many todos, and to ask Intl takes 10 µs.
 * @type {Map<string, Map<number, number | null>>}
 */
const offsets = new Map();

/** @param {string} zone */
function wallFormat(zone) {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(zone, format);
  }
  return format;
}

/**
 * Return how far the clocks of a zone are ahead of UTC at an instant, in milliseconds.
 * @param {number} instantMs
 * @param {string} zone
 */
function offsetAt(instantMs, zone) {
  const second = Math.floor(instantMs / 1000) * 1000;
  const parts = Object.fromEntries(
    wallFormat(zone).formatToParts(second).map(({ type, value }) => [type, Number(value)]),
  );
  const { year, month, day, hour, minute, second: seconds } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
}

/**
 * Return the same as `offsetAt`, from what is known of that day.
 * @param {number} instantMs
 * @param {string} zone
 */
function knownOffset(instantMs, zone) {
  const ofZone = offsets.get(zone) ?? new Map();
  offsets.set(zone, ofZone);
  const day = Math.floor(instantMs / DAY_MS);
  let offset = ofZone.get(day);
  if (offset === undefined) {
    const [start, end] = [day * DAY_MS, (day + 1) * DAY_MS].map((at) => offsetAt(at, zone));
    offset = start === end ? start : null;
    ofZone.set(day, offset);
  }
  return offset ?? offsetAt(instantMs, zone);
}

/**
 * Return the wall time of an instant in a zone.
 * @param {number} instantMs
 * @param {string} zone
 */
export const wallTime = (instantMs, zone) =>
  new Date(instantMs + knownOffset(instantMs, zone)).toISOString().slice(0, 19);

/**
 * Return the instant at which a day begins in a zone, in the form of the API.
 * @param {string} day
 * @param {string} zone
 */
export const startOfDay = (day, zone) => new Date(instantOf(`${day}T00:00:00`, zone)).toISOString();

/**
 * Return the instant of a wall time in a zone, as the server does (shared/zones.py): a time that a
 * clock change skips is moved forward by the gap, and of a time that happens twice the first is
 * meant.
 * @param {string} wall
 * @param {string} zone
 */
export function instantOf(wall, zone) {
  const asUtc = Date.parse(`${wall}Z`);
  // No zone is further than a day from UTC, so one change of the clocks lies between these two.
  const before = knownOffset(asUtc - DAY_MS, zone);
  const after = knownOffset(asUtc + DAY_MS, zone);
  const first = asUtc - Math.max(before, after);
  const second = asUtc - Math.min(before, after);
  if (knownOffset(first, zone) === asUtc - first) return first;
  // Neither is exact in a gap: the offset before it moves the time forward.
  return knownOffset(second, zone) === asUtc - second ? second : asUtc - before;
}

/**
 * Return the calendar day of an instant in a zone.
 * @param {number} instantMs
 * @param {string} zone
 */
export const dayOf = (instantMs, zone) => wallTime(instantMs, zone).slice(0, 10);

/**
 * Return the day `days` after `day`. Days are calendar days, so clocks do not matter.
 * @param {string} day
 * @param {number} days
 */
export function addDays(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/**
 * @param {string} from
 * @param {string} to
 */
export const daysBetween = (from, to) =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);

/**
 * Return 1 for Monday … 7 for Sunday.
 * @param {string} day
 */
export const weekday = (day) => new Date(`${day}T00:00:00Z`).getUTCDay() || 7;

/**
 * Return the Monday of the next week; on a Sunday not tomorrow, which nobody calls next week.
 * @param {string} today
 */
export const nextWeek = (today) => addDays(today, weekday(today) === 7 ? 8 : 8 - weekday(today));

/**
 * Return the day of a due date as it is written, in its own zone.
 * @param {Due} due
 */
export const dueDay = (due) => ('date' in due ? due.date : due.at.slice(0, 10));

/**
 * Return the instant of a due time with a zone, as the server will compute it.
 * @param {Due | null | undefined} due
 */
export function dueAt(due) {
  if (!due || !('at' in due) || !due.zone) return null;
  return new Date(instantOf(due.at, due.zone)).toISOString();
}

/**
 * Return where a due date lies in the reader's zone.
 * @param {Dated} todo
 * @param {string} zone
 * @returns {LocalDue | null}
 */
export function localDue({ due, due_at: dueAt }, zone) {
  if (!due) return null;
  if ('date' in due) return { day: due.date, time: null, instant: null };
  const instant = due.zone && dueAt ? Date.parse(dueAt) : instantOf(due.at, due.zone || zone);
  const wall = wallTime(instant, zone);
  return { day: wall.slice(0, 10), time: wall.slice(11, 16), instant };
}

/**
 * Return true if a todo's due date has passed for this reader.
 * @param {Dated} todo
 * @param {{zone: string, now: number}} reader
 */
export function isOverdue(todo, { zone, now }) {
  const due = localDue(todo, zone);
  if (!due) return false;
  return due.instant === null ? due.day < dayOf(now, zone) : due.instant < now;
}
