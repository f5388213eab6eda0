// What the patterns for days and times mean, by the name that the grammar gives. Pure. A meaning
// is null if there is no such day or time: then its words stay in the title.

import { addDays, nextWeek, wallTime, weekday } from '../store/dates.js';
import { meaningOf, MONTHS, numberOf, PARTS, unitOf, weekdayOf } from './words.js';

/**
 * @typedef {Record<string, string | undefined>} Slots the words in the slots of a pattern
 * @typedef {object} Moment
 * @property {number} now in milliseconds
 * @property {string} zone
 * @property {string} today
 * @property {boolean} monthFirst in "12/5"
 * @typedef {{day: string, time?: string, part?: string, end?: string}} Day
 * `part`: the time that its part of the day stands for, although it may be past
 * @typedef {{time: string, end?: string, isPart?: boolean, isVague?: boolean}} Time
 * `isVague`: without "am" or "pm", so that "in the evening" moves it
 */

const EVENING = PARTS.evening;
const MINUTE_MS = 60_000;
/** @param {number} number */
const two = (number) => String(number).padStart(2, '0');

/**
 * Return a date as YYYY-MM-DD; null if the calendar has no such day.
 * @param {number} year
 * @param {number} month
 * @param {number} day
 */
function dateOf(year, month, day) {
  const date = new Date(Date.UTC(year, month - 1, day));
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? date.toISOString().slice(0, 10) : null;
}

/**
 * Return the date in the year that is named, else the next one at or after today.
 * @param {number} month
 * @param {number} day
 * @param {string | undefined} year
 * @param {string} today
 */
function nextDate(month, day, year, today) {
  if (year) return dateOf(Number(year.length === 2 ? `20${year}` : year), month, day);
  // Eight years may lie between two 29ths of February.
  for (let next = Number(today.slice(0, 4)), last = next + 8; next <= last; next += 1) {
    const date = dateOf(next, month, day);
    if (date && date >= today) return date;
  }
  return null;
}

/**
 * Return the day `months` after a day, the last of a shorter month.
 * @param {string} day
 * @param {number} months
 */
function addMonths(day, months) {
  const [year, month, date] = day.split('-').map(Number);
  const length = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, length)))
    .toISOString().slice(0, 10);
}

/**
 * Return the next day with that number: 31 skips shorter months.
 * @param {number} number
 * @param {string} today
 */
function dayOfMonth(number, today) {
  for (let [year, month] = today.split('-').map(Number), left = 12; left > 0; left -= 1) {
    const date = dateOf(year, month, number);
    if (date && date >= today) return date;
    [year, month] = month === 12 ? [year + 1, 1] : [year, month + 1];
  }
  return null;
}

/**
 * @param {number} minutes
 * @param {Moment} moment
 * @returns {Day}
 */
function later(minutes, { now, zone }) {
  const wall = wallTime(now + minutes * MINUTE_MS, zone);
  return { day: wall.slice(0, 10), time: wall.slice(11, 16) };
}

/**
 * Return today at a part of the day; without a time once that is past.
 * @param {string} time
 * @param {Moment} moment
 * @returns {Day}
 */
const todayAt = (time, { now, zone, today }) =>
  wallTime(now, zone).slice(11, 16) < time
    ? { day: today, time, part: time }
    : { day: today, part: time };

/**
 * @param {string | undefined} word
 * @param {string} today
 * @param {number} [first] days from today at the earliest
 */
const upcoming = (word, today, first = 1) =>
  addDays(today, first + ((weekdayOf(word ?? '') - weekday(addDays(today, first)) + 7) % 7));

/** @param {string | null} day */
const onDay = (day) => day === null ? null : { day };

/** @param {string} today */
const nextMonday = (today) => addDays(today, 8 - weekday(today));

/** @param {Slots} slots */
const monthOf = ({ month, anymonth }) => meaningOf(MONTHS, month ?? anymonth ?? '') ?? 0;

/**
 * @param {Slots} slots
 * @param {Moment} moment
 */
function dayOfDate(slots, { today }) {
  const number = Number.parseInt(slots.d ?? slots.nth ?? '', 10);
  return nextDate(monthOf(slots), number, slots.year, today);
}

/** @type {Record<string, (slots: Slots, moment: Moment) => Day | null>} */
export const DAYS = {
  today: (_slots, { today }) => ({ day: today }),
  tomorrow: (_slots, { today }) => ({ day: addDays(today, 1) }),
  in2days: (_slots, { today }) => ({ day: addDays(today, 2) }),
  tonight: (_slots, moment) => todayAt(EVENING, moment),
  partOfToday: ({ part = '' }, moment) => todayAt(PARTS[part], moment),
  weekday: ({ weekday: name, short }, { today }) => ({ day: upcoming(name ?? short, today) }),
  weekdayPart: ({ weekday: name, part = '' }, { today }) => ({
    day: upcoming(name, today),
    time: PARTS[part],
    part: PARTS[part],
  }),
  thisWeekday: ({ weekday: name }, { today }) => ({ day: upcoming(name, today, 0) }),
  nextWeekday: ({ weekday: name }, { today }) => ({
    day: upcoming(name, nextMonday(today), 0),
  }),
  nextWeek: (_slots, { today }) => ({ day: nextWeek(today) }),
  nextMonth: (_slots, { today }) => ({ day: `${addMonths(today, 1).slice(0, 8)}01` }),
  weekend: (_slots, { today }) => ({ day: upcoming('saturday', today, 0) }),
  monthEnd: (_slots, { today }) => ({
    day: addDays(`${addMonths(today, 1).slice(0, 8)}01`, -1),
  }),
  inDays({ n = '', unit = '' }, { today }) {
    const number = numberOf(n);
    switch (unitOf(unit)) {
      case 'd':
        return { day: addDays(today, number) };
      case 'w':
        return { day: addDays(today, 7 * number) };
      default:
        return { day: addMonths(today, unitOf(unit) === 'm' ? number : 12 * number) };
    }
  },
  inHours({ n, d, short_unit: unit, letter = '' }, moment) {
    const number = numberOf(n ?? d ?? '');
    return later(unitOf(unit ?? letter) === 'h' ? 60 * number : number, moment);
  },
  inHalfHour: (_slots, moment) => later(30, moment),
  inQuarter: (_slots, moment) => later(15, moment),
  date: (slots, moment) => onDay(dayOfDate(slots, moment)),
  numbers: ({ d, m, y, year }, { today }) =>
    onDay(nextDate(Number(m), Number(d), y ?? year, today)),
  slashes({ d, m, y }, { today, monthFirst }) {
    const [day, month] = monthFirst ? [m, d] : [d, m];
    return onDay(nextDate(Number(month), Number(day), y, today));
  },
  bareSlashes: (slots, moment) =>
    slots.d === '24' && slots.m === '7' ? null : DAYS.slashes(slots, moment),
  iso: ({ year = '', m, d }) => onDay(dateOf(Number(year), Number(m), Number(d))),
  dayOfMonth: ({ nth = '' }, { today }) => onDay(dayOfMonth(Number.parseInt(nth, 10), today)),
  dates(slots, moment) {
    const first = slots.m ? Number(slots.m) : monthOf(slots);
    const named = slots.month2 && meaningOf(MONTHS, slots.month2);
    const month = named || Number(slots.m2 ?? first);
    const day = nextDate(first, Number(slots.d), slots.year, moment.today);
    const end = day && nextDate(month, Number(slots.d2), slots.year, day);
    return day && end && day < end ? { day, end } : null;
  },
};

/**
 * Return a time of day as HH:MM; null if there is none such. An hour from 1 to 6 alone is one of
 * the afternoon: nobody calls at 5 in the morning.
 * @param {string} text "9", "9:30", "9 pm", "17 uhr 30"
 * @returns {Time | null}
 */
export function timeOf(text) {
  const found = /^(\d{1,2})(?:[:.](\d{2}))? ?(?:([ap])\.?m\.?|(uhr))?(?: (\d{2}))?$/.exec(text);
  if (!found) return null;
  const [, hours, minutes, half, clock, after] = found;
  let hour = Number(hours);
  const minute = Number(minutes ?? after ?? 0);
  if (half) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (half === 'p' ? 12 : 0);
  } else if (!minutes && !clock && hour >= 1 && hour <= 6) {
    return { time: `${two(hour + 12)}:00` };
  }
  if (hour > 23 || minute > 59) return null;
  return { time: `${two(hour)}:${two(minute)}`, isVague: !half && hour > 0 && hour < 12 };
}

/**
 * Return a range of times: of "9-11 pm" both are in the evening, of "9 to 5" the second is later.
 * @param {string} first
 * @param {string} second
 * @returns {Time | null}
 */
function rangeOf(first, second) {
  const half = /[ap]\.?m\.?$/.exec(second)?.[0];
  const other = half?.startsWith('p') ? 'am' : 'pm';
  const end = timeOf(second);
  const starts = /m|:|uhr/.test(first) || !half
    ? [timeOf(first)]
    : [timeOf(`${first} ${half}`), timeOf(`${first} ${other}`)];
  const later = end && timeOf(second.replace(/^(\d{1,2})/, (hour) => String(Number(hour) + 12)));
  for (const start of starts) {
    for (const each of [end, half ? null : later]) {
      if (start && each && start.time < each.time) return { time: start.time, end: each.time };
    }
  }
  return null;
}

/** @type {Record<string, (slots: Slots) => Time | null>} */
export const TIMES = {
  clock: ({ time, half, hour, clock }) => timeOf(time ?? half ?? hour ?? clock ?? ''),
  // "Read John 3:16", "a screen of 16:10": times of todos are round.
  bareClock: ({ clock = '' }) => /[05]$/.test(clock) && clock !== '16:10' ? timeOf(clock) : null,
  bareHour: ({ hour = '' }) => timeOf(hour),
  halfBefore({ n = '' }) {
    const hour = (numberOf(n) + 11) % 12;
    return { time: `${two(hour < 6 ? hour + 12 : hour)}:30`, isVague: hour >= 6 };
  },
  noon: () => ({ time: PARTS.noon }),
  part: ({ part = '' }) => ({ time: PARTS[part], isPart: true }),
  times: ({ time, clock, hour, half, time2, clock2, hour2, half2 }) =>
    half2
      ? rangeOf(half ?? '', half2)
      : rangeOf(time ?? clock ?? hour ?? '', time2 ?? clock2 ?? hour2 ?? half ?? ''),
};
