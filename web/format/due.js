// Dates and moments as text, by Intl in the reader's locale and zone. Pure.

import { t } from '../languages/translate.js';
import { dayOf, daysBetween, isOverdue, localDue } from '../store/dates.js';

/**
 * @import { Reader } from '../types/client.d.ts'
 * @import { Dated } from '../store/dates.js'
 */

/** @type {Map<string, Intl.DateTimeFormat>} */
const dateFormats = new Map();
/** @type {Map<string, Intl.RelativeTimeFormat>} */
const relativeFormats = new Map();

/**
 * @param {string} locale
 * @param {Intl.DateTimeFormatOptions} options
 */
function dateFormat(locale, options) {
  const name = `${locale}|${JSON.stringify(options)}`;
  const format = dateFormats.get(name) ??
    new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options });
  dateFormats.set(name, format);
  return format;
}

/** @param {string} locale */
function relativeFormat(locale) {
  const format = relativeFormats.get(locale) ??
    new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  relativeFormats.set(locale, format);
  return format;
}

/**
 * Return "today", "tomorrow", "Thursday", "24 Dec", "24 Dec 2027": the shortest that is clear.
 * @param {string} day
 * @param {Reader} reader
 */
export function dayText(day, reader) {
  const today = dayOf(reader.now, reader.zone);
  const distance = daysBetween(today, day);
  if (Math.abs(distance) <= 1) return relativeFormat(reader.locale).format(distance, 'day');
  const at = Date.parse(`${day}T12:00:00Z`);
  if (distance > 1 && distance < 7) {
    return dateFormat(reader.locale, { weekday: 'long' }).format(at);
  }
  const isThisYear = day.slice(0, 4) === today.slice(0, 4);
  return dateFormat(reader.locale, {
    day: 'numeric',
    month: 'short',
    ...(isThisYear ? {} : { year: 'numeric' }),
  }).format(at);
}

/**
 * Return "Mon 7 Dec", with the year if it is another one.
 * @param {string} day
 * @param {Reader} reader
 */
export function dateText(day, { locale, now, zone }) {
  const isThisYear = day.slice(0, 4) === dayOf(now, zone).slice(0, 4);
  return dateFormat(locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    ...(isThisYear ? {} : { year: 'numeric' }),
  }).format(Date.parse(`${day}T12:00:00Z`)).replace(/^(\p{L}+\.?), /u, '$1 ');
}

/**
 * Return "9:00" or "9:00 AM", as the reader writes it.
 * @param {string} time HH:MM
 * @param {Reader} reader
 */
export function timeText(time, reader) {
  return dateFormat(reader.locale, { hour: 'numeric', minute: '2-digit' })
    .format(Date.parse(`2000-01-01T${time}:00Z`));
}

/**
 * @param {Dated} todo
 * @param {Reader} reader
 * @param {string | null} [impliedDay] a day the reader sees anyway: only the time is said then
 * @returns {{text: string, overdue: boolean} | null}
 */
export function dueText(todo, reader, impliedDay = null) {
  const due = localDue(todo, reader.zone);
  if (!due) return null;
  const time = due.time && timeText(due.time, reader);
  const day = due.day === impliedDay ? null : dayText(due.day, reader);
  const text = [day, time].filter(Boolean).join(' ');
  return text ? { text, overdue: isOverdue(todo, reader) } : null;
}

/**
 * Return "Friday, 27 November" for headings.
 * @param {string} day
 * @param {string} locale
 */
export function longDay(day, locale) {
  return dateFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' })
    .format(Date.parse(`${day}T12:00:00Z`));
}

/**
 * Return "Friday, 27 November at 09:00" in the zone of the reader.
 * @param {string} instant
 * @param {Reader} reader
 */
export function longMoment(instant, { locale, zone }) {
  return dateFormat(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: zone,
  }).format(Date.parse(instant));
}

/**
 * Return an instant as "today 9:00".
 * @param {string | number} instant ISO 8601, or milliseconds
 * @param {Reader} reader
 */
export function momentText(instant, reader) {
  const at = new Date(instant).toISOString();
  return dueText({ due: { at, zone: 'UTC' }, due_at: at }, reader)?.text ?? '';
}

/**
 * Return "just now", "5 minutes ago", then a day.
 * @param {string} instant
 * @param {Reader} reader
 */
export function agoText(instant, reader) {
  const seconds = Math.round((Date.parse(instant) - reader.now) / 1000);
  if (Math.abs(seconds) < 45) return t('just now');
  const relative = relativeFormat(reader.locale);
  if (Math.abs(seconds) < 3600) return relative.format(Math.round(seconds / 60), 'minute');
  if (Math.abs(seconds) < 86_400) return relative.format(Math.round(seconds / 3600), 'hour');
  return momentText(instant, reader);
}
