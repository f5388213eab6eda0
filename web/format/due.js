// Dates and moments in the reader's words, by Intl in their locale. Pure.

import { dayOf, daysBetween, isOverdue, localDue } from '../store/dates.js';

const cache = new Map();
function format(kind, locale, options) {
  const name = `${kind}|${locale}|${JSON.stringify(options)}`;
  if (!cache.has(name)) cache.set(name, new Intl[kind](locale, options));
  return cache.get(name);
}

/** @typedef {{zone: string, locale: string, now: number}} Reader */

/** "today", "tomorrow", "Thursday", "24 Dec", "24 Dec 2027": the shortest that is clear. */
export function dayText(day, reader) {
  const today = dayOf(reader.now, reader.zone);
  const distance = daysBetween(today, day);
  if (Math.abs(distance) <= 1) {
    return format('RelativeTimeFormat', reader.locale, { numeric: 'auto' }).format(distance, 'day');
  }
  const at = Date.parse(`${day}T12:00:00Z`);
  if (distance > 1 && distance < 7) {
    return format('DateTimeFormat', reader.locale, { weekday: 'long', timeZone: 'UTC' }).format(at);
  }
  const year = day.slice(0, 4) === today.slice(0, 4) ? {} : { year: 'numeric' };
  return format('DateTimeFormat', reader.locale, {
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
    ...year,
  }).format(at);
}

/** "9:00" or "9:00 AM", as the reader writes it. */
export function timeText(time, reader) {
  return format('DateTimeFormat', reader.locale, {
    hour: 'numeric',
    minute: '2-digit',
    timeZone: 'UTC',
  })
    .format(Date.parse(`2000-01-01T${time}:00Z`));
}

/**
 * @param {string | null} [impliedDay] a day the reader sees anyway: only the time is said then
 * @returns {{text: string, overdue: boolean} | null}
 */
export function dueText(todo, reader, impliedDay = null) {
  const due = localDue(todo, reader.zone);
  if (!due) return null;
  if (due.day === impliedDay) {
    return due.time ? { text: timeText(due.time, reader), overdue: isOverdue(todo, reader) } : null;
  }
  const day = dayText(due.day, reader);
  return {
    text: due.time ? `${day} ${timeText(due.time, reader)}` : day,
    overdue: isOverdue(todo, reader),
  };
}

/** "Friday, 27 November" for headings. */
export function longDay(day, locale) {
  return format('DateTimeFormat', locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    timeZone: 'UTC',
  })
    .format(Date.parse(`${day}T12:00:00Z`));
}

/** An instant as "today 9:00". */
export function momentText(instant, reader) {
  const at = typeof instant === 'string' ? Date.parse(instant) : instant;
  return dueText({ due: { at: '', zone: 'x' }, due_at: new Date(at).toISOString() }, reader)
    ?.text ?? '';
}

/** "just now", "5 minutes ago", then a day. */
export function agoText(instant, reader) {
  const seconds = Math.round((Date.parse(instant) - reader.now) / 1000);
  if (Math.abs(seconds) < 45) return 'just now';
  const relative = format('RelativeTimeFormat', reader.locale, { numeric: 'auto' });
  if (Math.abs(seconds) < 3600) return relative.format(Math.round(seconds / 60), 'minute');
  if (Math.abs(seconds) < 86_400) return relative.format(Math.round(seconds / 3600), 'hour');
  return momentText(instant, reader);
}
