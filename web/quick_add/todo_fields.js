// The todo that a line of quick add makes, and the lines of a text. Pure. This part of quick add is
// loaded with the page; what reads words is loaded later (loading.js).

import { instantOf } from '../store/dates.js';

/**
 * @import { ReminderBody } from '../types/contract.d.ts'
 * @import { Due, Reader } from '../types/client.d.ts'
 * @import { TodoFields } from '../types/mutations.d.ts'
 * @import { Context, Reading } from './read.js'
 */

/** Each line becomes a request of its own, so that all are sent within some seconds. */
export const MOST_LINES = 100;
const LONGEST_TITLE = 500;
const MORNING = '09:00';

/**
 * Return the lines of a text that are not empty: the first hundred, and those beyond.
 * @param {string} text
 */
export function linesOf(text) {
  const lines = text.split('\n').filter((line) => line.trim());
  return { lines: lines.slice(0, MOST_LINES), left: lines.slice(MOST_LINES) };
}

/**
 * Return the reading of a line in which nothing is understood.
 * @param {string} title
 * @param {Pick<Context, 'listId' | 'day'>} context
 * @returns {Reading}
 */
export const plainReading = (title, { listId, day }) => ({
  title,
  due: day ? { date: day } : null,
  end: null,
  repeat: null,
  reminder: null,
  priority: 0,
  labels: [],
  ownLabels: [],
  newLabels: [],
  people: [],
  listId,
  chips: [],
});

/**
 * Return the fields of a new todo. A todo has no end: that of a range goes into the description,
 * and so does a title that is too long.
 * @param {Reading} reading
 * @param {string} range as text, if the reading has one
 * @returns {TodoFields}
 */
export function todoFields({ title, due, repeat, priority, people }, range) {
  const isLong = title.length > LONGEST_TITLE;
  const notes = [isLong ? title : '', range].filter(Boolean);
  return {
    title: isLong ? `${title.slice(0, LONGEST_TITLE - 1)}…` : title,
    ...(notes.length > 0 ? { description: notes.join('\n\n') } : {}),
    ...(due ? { due } : {}),
    ...(due && repeat ? { repeat } : {}),
    ...(priority ? { priority } : {}),
    ...(people.length > 0 ? { assignees: people } : {}),
  };
}

/**
 * Return the reminder of a line and when it fires.
 * @param {Reading} reading
 * @param {Reader} reader
 * @returns {{fields: ReminderBody, firesAt: string} | null}
 */
export function reminderFields({ reminder, due }, { zone }) {
  if (!reminder) return null;
  if ('at' in reminder) {
    const at = new Date(reminder.at).toISOString();
    return { fields: { at }, firesAt: at };
  }
  const firesAt = due ? new Date(firesBefore(due, reminder.minutes, zone)).toISOString() : '';
  return { fields: { minutes_before: reminder.minutes }, firesAt };
}

/**
 * Return the instant so many minutes before a due date; a day counts as its morning.
 * @param {Due} due
 * @param {number} minutes
 * @param {string} zone
 */
export function firesBefore(due, minutes, zone) {
  const wall = 'date' in due ? `${due.date}T${MORNING}:00` : due.at;
  return instantOf(wall, zone) - minutes * 60_000;
}
