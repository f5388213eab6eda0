// What the user is told when one edit replaced another unseen. Pure. The text always contains the
// value that the button would restore.

import { instantOf } from '../store/dates.js';
import { dueText } from './due.js';
import { PRIORITIES } from './priorities.js';
import { repeatText } from './repeat.js';
import { shorten } from './shorten.js';

/**
 * @import { RepeatShape } from '../types/contract.d.ts'
 * @import { Due, Reader } from '../types/client.d.ts'
 * @import { Overwrite } from '../store/overwrites.js'
 * @typedef {(id: string) => string | null} NameOf the name of a label or a member
 */

/** @type {Record<string, string>} */
const FIELDS = {
  title: 'the title',
  notes: 'the notes',
  due: 'the due date',
  priority: 'the priority',
  labels: 'the labels',
  assignees: 'who is assigned',
  status: 'the status',
  repeat: 'how it repeats',
};

// Two lines of a toast on a phone.
const SHOWN = 60;

/**
 * Return a text that a user wrote, short and in quotes.
 * @param {string} text
 */
export const quoted = (text) => `“${shorten(text.replace(/\s+/g, ' ').trim(), SHOWN)}”`;

/**
 * @param {string} field
 * @param {unknown} value
 * @param {Reader} reader
 * @param {NameOf} nameOf
 */
function valueText(field, value, reader, nameOf) {
  if (!value || (Array.isArray(value) && value.length === 0)) {
    return field === 'notes' ? 'empty' : 'none';
  }
  // The contract says nothing of the values of `overwrote`: each has the type of its field.
  if (field === 'due') return dueValueText(/** @type {Due} */ (value), reader);
  if (field === 'priority') return PRIORITIES[Number(value)].toLowerCase();
  if (field === 'repeat') return repeatText(/** @type {RepeatShape} */ (value));
  if (Array.isArray(value)) {
    return value.map((id) => nameOf(id) ?? 'somebody or something that is gone').join(', ');
  }
  return field === 'status' ? String(value).replace('_', ' ') : quoted(String(value));
}

/**
 * @param {Due} due
 * @param {Reader} reader
 */
function dueValueText(due, reader) {
  const instant = 'at' in due && due.zone ? instantOf(due.at, due.zone) : null;
  const dueAt = instant === null ? null : new Date(instant).toISOString();
  return dueText({ due, due_at: dueAt }, reader)?.text ?? '';
}

/**
 * @param {Pick<Overwrite, 'author' | 'field' | 'value' | 'name'>} overwrite
 * @param {Reader} reader
 * @param {NameOf} [nameOf]
 */
export function overwriteText({ author, field, value, name }, reader, nameOf = () => null) {
  const who = name ?? 'Somebody';
  const what = FIELDS[field] ?? 'the todo';
  const said = valueText(field, value, reader, nameOf);
  return author === 'other'
    ? {
      text: `${who} had changed ${what} meanwhile (theirs: ${said}). Yours was kept.`,
      action: 'Use theirs',
    }
    : { text: `${who} changed ${what} without having seen yours: ${said}.`, action: 'Use mine' };
}
