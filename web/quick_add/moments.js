// The due date and the repeat that phrases of a line come to. Pure.

import { addDays, instantOf } from '../store/dates.js';
import { DAYS, TIMES } from './meanings.js';
import { canonicalRule, firstDay, REPEATS } from './rules.js';
import { numberOf } from './words.js';

/**
 * @import { RepeatBody } from '../types/contract.d.ts'
 * @import { Due } from '../types/client.d.ts'
 * @import { Day, Moment, Time } from './meanings.js'
 * @import { Match, Phrase } from './phrases.js'
 * @import { Repeat } from './rules.js'
 * @import { Chip, Context } from './read.js'
 *
 * @typedef {object} Parts
 * @property {Day} [day]
 * @property {Time} [time]
 * @property {Repeat} [repeat]
 * @property {Day} [until]
 * @property {Day} [start]
 * @property {number} [times]
 * @property {boolean} [isAfter]
 *
 * @typedef {{chips: Chip[], due: Due | null, end: string | null, repeat: RepeatBody | null}} Dated
 */

/**
 * Return what phrases come to; null if one of them means nothing: "tomorrow 25:00".
 * @param {Phrase[]} phrases
 * @param {Moment} moment
 * @param {Pick<Context, 'day'>} context
 * @returns {Dated | null}
 */
export function readMoment(phrases, moment, { day: impliedDay }) {
  if (phrases.length === 0) return null;
  /** @type {Parts} */
  const parts = {};
  for (const { matches } of phrases) {
    if (!collect(matches, moment, parts)) return null;
  }
  const { repeat } = parts;
  const time = parts.time
    ? inPart(parts.time, parts.day?.part ?? repeat?.part).time
    : parts.day?.time ?? repeat?.part;
  const rule = repeat ? ruleOf(parts, repeat) : null;
  if (repeat && !rule) return null;
  const day = dayOf(parts, rule, time, moment, impliedDay);
  if (!day) return null;
  /** @type {Due} */
  const due = time ? { at: `${day}T${time}:00`, zone: moment.zone } : { date: day };
  return {
    chips: phrases.map((phrase) => chipOf(phrase)),
    due,
    end: parts.time?.end ?? parts.day?.end ?? null,
    repeat: rule ? { rule, ...(parts.isAfter ? { counts_from: 'completion' } : {}) } : null,
  };
}

/**
 * @param {Phrase} phrase
 * @returns {Chip}
 */
function chipOf({ from, to, matches }) {
  const kinds = matches.map(({ row }) => row.kind);
  const kind = kinds.includes('repeat') ? 'repeat' : kinds.includes('day') ? 'due' : 'time';
  return { kind, spans: [[from, to]] };
}

/**
 * Put what the matches mean into `parts`. Return false if one means nothing here.
 * @param {Match[]} matches
 * @param {Moment} moment
 * @param {Parts} parts
 */
function collect(matches, moment, parts) {
  const isRepeated = matches.some(({ row }) => row.kind === 'repeat');
  /** @type {string} */
  let before = '';
  for (const { row: { kind, means }, slots, text } of matches) {
    if (kind === 'day') {
      const day = DAYS[means](slots, moment);
      if (!day) return false;
      if (before === 'until' || (parts.repeat && text.startsWith('bis '))) parts.until = day;
      else if (before === 'from') parts.start = day;
      else parts.day = day;
    } else if (kind === 'time') {
      const time = TIMES[means](slots);
      if (!time) return false;
      parts.time = parts.time ? joined(parts.time, time) : time;
    } else if (kind === 'repeat') {
      const repeat = REPEATS[means](slots);
      if (!repeat) return false;
      parts.repeat = repeat;
    } else if (kind === 'times') parts.times = numberOf(slots.n ?? slots.d ?? '');
    else if (kind === 'after') parts.isAfter = true;
    before = kind;
  }
  const isEnded = parts.until || parts.start || parts.times || parts.isAfter;
  return isRepeated || !isEnded;
}

/**
 * Return a time of the part of the day: "8 in the evening".
 * @param {Time} one
 * @param {Time} other
 */
const joined = (one, other) =>
  one.isPart ? inPart(other, one.time) : inPart(one, other.isPart ? other.time : undefined);

/**
 * @param {Time} time
 * @param {string | undefined} part
 * @returns {Time}
 */
function inPart(time, part) {
  if (!time.isVague || !part || part <= '12:00') return time;
  return { ...time, time: `${Number(time.time.slice(0, 2)) + 12}${time.time.slice(2)}` };
}

/**
 * Return the rule of a repeat with its end; null if the server would refuse it.
 * @param {Parts} parts
 * @param {Repeat} repeat
 */
function ruleOf({ until, times, isAfter }, { parts }) {
  if (isAfter && (parts.BYDAY || parts.BYMONTHDAY)) return null;
  if (until && times) return null;
  return canonicalRule({
    ...parts,
    ...(times ? { COUNT: String(times) } : {}),
    ...(until ? { UNTIL: until.day.replaceAll('-', '') } : {}),
  });
}

/**
 * Return the day on which it is due. What names no day is due today; tomorrow, if its time is past.
 * @param {Parts} parts
 * @param {string | null} rule
 * @param {string | undefined} time
 * @param {Moment} moment
 * @param {string | null | undefined} impliedDay
 */
function dayOf({ day, start }, rule, time, { now, zone, today }, impliedDay) {
  const first = day?.day ?? start?.day ?? (rule ? null : impliedDay) ?? today;
  const isNamed = Boolean(day ?? start);
  const isPast = time && instantOf(`${first}T${time}:00`, zone) <= now;
  const from = isPast && !isNamed ? addDays(first, 1) : first;
  return rule ? firstDay(rule, from) : from;
}
