// Parses quick add: "call Ben tomorrow 9:00 !3 #home". Pure. Only words of certain meaning are
// taken out; anything else stays in the title.

import { addDays, dayOf, weekday } from '../store/dates.js';

/**
 * @import { Due } from '../types/client.d.ts'
 */

/** @type {Record<string, number>} */
const DAYS = { mon: 1, tue: 2, wed: 3, thu: 4, fri: 5, sat: 6, sun: 7 };
const CLOCK = /(?:at\s+)?(?:(\d{1,2}):(\d{2})\s*(am|pm)?|(\d{1,2})\s*(am|pm))(?=\s|$)/.source;
const TIME = new RegExp(`(?:^|\\s)${CLOCK}`, 'i');
// "every second Tuesday" is a repeat, not a day: leave it in the title.
const NOT_EVERY = /(?<!\b(?:every|each)(?:\s+\S+){0,3})/.source;
// A short name may be another word ("sun cream", "she sat"): take it only before a time or the end.
const SHORT_END = `(?=\\s*$|\\s+${CLOCK})`;
const LONG_DAY = '(monday|tuesday|wednesday|thursday|friday|saturday|sunday)(?=\\s|$)';
const SHORT_DAY = `(?<!\\bthe\\s)(mon|tue|wed|thu|fri|sat|sun)${SHORT_END}`;
const DAY = new RegExp(
  `(?:^|\\s)(today|tomorrow|next week)(?=\\s|$)` +
    `|${NOT_EVERY}(?:^|\\s)(?:${LONG_DAY}|${SHORT_DAY})`,
  'i',
);
const PRIORITY = /(?:^|\s)!([1-5])(?=\s|$)/;
const LABEL = /(?:^|\s)#([\p{L}\p{N}_-]+)(?=\s|$)/u;

/**
 * @param {string} text
 * @param {{zone: string, now: number, labels: {id: string, name: string}[]}} context
 * @returns {{title: string, due: Due | null, priority: number, labels: string[]}}
 */
export function parseQuickAdd(text, { zone, now, labels }) {
  let rest = text;
  /** @param {RegExp} pattern */
  const take = (pattern) => {
    const found = pattern.exec(rest);
    if (found) rest = `${rest.slice(0, found.index)} ${rest.slice(found.index + found[0].length)}`;
    return found;
  };
  const priority = Number(take(PRIORITY)?.[1] ?? 0);
  const named = LABEL.exec(rest)?.[1].toLocaleLowerCase();
  const label = labels.find(({ name }) => name.toLocaleLowerCase() === named);
  if (label) take(LABEL);
  const day = dayFrom(take(DAY)?.slice(1, 4).find(Boolean), dayOf(now, zone));
  // A bare "9:00" may be part of the title; beside a day it is a time.
  const time = day ? timeFrom(take(TIME)) : null;
  const title = rest.replace(/\s+/g, ' ').trim();
  if (!title) return { title: text.trim(), due: null, priority: 0, labels: [] };
  const due = time ? { at: `${day}T${time}:00`, zone } : day ? { date: day } : null;
  return { title, due, priority, labels: label ? [label.id] : [] };
}

/**
 * @param {string | undefined} word
 * @param {string} today
 */
function dayFrom(word, today) {
  if (!word) return null;
  const known = word.toLowerCase();
  if (known === 'today') return today;
  if (known === 'tomorrow') return addDays(today, 1);
  if (known === 'next week') return addDays(today, 8 - weekday(today));
  return addDays(today, ((DAYS[known.slice(0, 3)] - weekday(today) + 6) % 7) + 1);
}

/**
 * @param {RegExpExecArray | null} found a match of TIME
 * @returns {string | null} HH:MM
 */
function timeFrom(found) {
  if (!found) return null;
  const half = (found[3] ?? found[5] ?? '').toLowerCase();
  let hour = Number(found[1] ?? found[4]);
  if (half === 'pm' && hour < 12) hour += 12;
  if (half === 'am' && hour === 12) hour = 0;
  const minute = found[2] ?? '00';
  return hour < 24 && Number(minute) < 60 ? `${String(hour).padStart(2, '0')}:${minute}` : null;
}
