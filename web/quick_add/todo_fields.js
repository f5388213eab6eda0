// The todo that a line of quick add makes, and the lines of a text. Pure.

import { dueChipText } from './chip_text.js';
import { firesBefore, readLine } from './read.js';

/**
 * @import { ReminderBody } from '../types/contract.d.ts'
 * @import { Reader } from '../types/client.d.ts'
 * @import { TodoFields } from '../types/mutations.d.ts'
 * @import { Context, Reading } from './read.js'
 */

/** Each line becomes a request of its own, so that all are sent within some seconds. */
export const MOST_LINES = 100;
const LONGEST_TITLE = 500;

/**
 * Read each line of a text that is not empty, the first hundred.
 * @param {string} text
 * @param {Context} context
 * @returns {{readings: Reading[], left: number}} `left`: lines beyond these
 */
export function readLines(text, context) {
  const lines = text.split('\n').filter((line) => line.trim());
  const readings = lines.slice(0, MOST_LINES).map((line) => readLine(line, context));
  return { readings, left: Math.max(0, lines.length - MOST_LINES) };
}

/**
 * Return the fields of a new todo. A todo has no end: that of a range goes into the description,
 * and so does a title that is too long.
 * @param {Reading} reading
 * @param {Reader} reader
 * @returns {TodoFields}
 */
export function todoFields({ title, due, end, repeat, priority, people }, reader) {
  const isLong = title.length > LONGEST_TITLE;
  const notes = [isLong ? title : '', due && end ? dueChipText(due, reader, end) : '']
    .filter(Boolean);
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
