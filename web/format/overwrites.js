// One edit went over another, in words: what is offered back is always said. Pure.

import { instantOf } from '../store/dates.js';
import { dueText } from './due.js';
import { PRIORITIES } from './priorities.js';
import { repeatText } from './repeat.js';
import { shorten } from './shorten.js';

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

// Two lines of a note on a phone.
const SHOWN = 60;

/** A text somebody wrote, short and in quotes. */
export const quoted = (text) => `“${shorten(text.replace(/\s+/g, ' ').trim(), SHOWN)}”`;

/** @returns {string} the value of a field as a reader would say it */
function valueText(field, value, reader, nameOf) {
  const isEmpty = value === null || value === '' || value === 0 || value?.length === 0;
  if (isEmpty) return field === 'notes' ? 'empty' : 'none';
  if (field === 'due') {
    return dueText({
      due: value,
      due_at: value.zone ? new Date(instantOf(value.at, value.zone)).toISOString() : null,
    }, reader).text;
  }
  if (field === 'priority') return PRIORITIES[value].toLowerCase();
  if (field === 'repeat') return repeatText(value);
  if (Array.isArray(value)) {
    return value.map((id) => nameOf(id) ?? 'somebody or something that is gone').join(', ');
  }
  return field === 'status' ? value.replace('_', ' ') : quoted(value);
}

/**
 * @param {{author: 'other' | 'me', field: string, value: any, name: string | null}} news
 * @param {import('./due.js').Reader} reader
 * @param {(id: string) => string | null} [nameOf] of a label or a person
 */
export function overwriteText({ author, field, value, name }, reader, nameOf = () => null) {
  const who = name ?? 'Somebody';
  const what = FIELDS[field] ?? 'the todo';
  const said = valueText(field, value, reader, nameOf);
  return author === 'other'
    ? {
      words: `${who} had changed ${what} meanwhile (theirs: ${said}). Yours was kept.`,
      action: 'Use theirs',
    }
    : { words: `${who} changed ${what} without having seen yours: ${said}.`, action: 'Use mine' };
}
