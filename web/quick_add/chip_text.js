// What the chips of quick add say: the reading with its date. Pure.

import { dateText, timeText } from '../format/due.js';
import { priorityName } from '../format/priorities.js';
import { beforeText } from '../format/reminders.js';
import { repeatText, sentence } from '../format/repeat.js';
import { t } from '../languages/translate.js';
import { wallTime } from '../store/dates.js';

/**
 * @import { Due, Reader } from '../types/client.d.ts'
 * @import { Chip, Reading } from './read.js'
 */

/**
 * Return "Mon 7 Dec, 09:00", or of a range "Mon 7 Dec, 09:00–11:00".
 * @param {Due} due
 * @param {Reader} reader
 * @param {string | null} [end]
 */
export function dueChipText(due, reader, end = null) {
  const day = dateText('date' in due ? due.date : due.at.slice(0, 10), reader);
  const time = 'at' in due ? timeText(due.at.slice(11, 16), reader) : '';
  const until = end ? rangeEnd(end, reader) : '';
  return `${day}${time ? `, ${time}` : ''}${until ? `–${until}` : ''}`;
}

/**
 * Return the range of a reading as text; empty without one.
 * @param {Reading} reading
 * @param {Reader} reader
 */
export const rangeText = ({ due, end }, reader) => due && end ? dueChipText(due, reader, end) : '';

/**
 * @param {string} end a day, or a time as HH:MM
 * @param {Reader} reader
 */
const rangeEnd = (end, reader) => end.includes(':') ? timeText(end, reader) : dateText(end, reader);

/**
 * @param {Chip} chip
 * @param {Reading} reading of the line with the chip
 * @param {Reader} reader
 */
export function chipText({ kind, name = '', minutes, priority = 0, hidesOwn }, reading, reader) {
  switch (kind) {
    case 'due':
    case 'time':
      return timeChipText(kind, reading, reader);
    case 'repeat':
      return repeatChipText(reading, reader);
    case 'reminder':
      return t('Reminder {when}', {
        when: minutes ? beforeText(minutes) : reminderTime(reading, reader),
      });
    case 'priority':
      // Other services count from the other end.
      return `${priorityName(priority)} (${name === '!1' ? t('!1; p1 is urgent') : name})`;
    case 'new-label':
      return t('New label #{name}', { name });
    case 'label':
      return hidesOwn ? t('#{name} of the list', { name }) : `#${name}`;
    case 'own-label':
      return t('#{name} only for me', { name });
    case 'person':
      return `@${name}`;
    case 'list':
      return t('In {list}', { list: name });
    case 'no-person':
      return t('No member {name}', { name });
    default:
      return t('No list {name}', { name });
  }
}

/**
 * @param {'due' | 'time'} kind
 * @param {Reading} reading
 * @param {Reader} reader
 */
function timeChipText(kind, { due, end, chips }, reader) {
  if (!due) return '';
  const isDayElsewhere = kind === 'time' &&
    chips.some((chip) => chip.kind === 'due' || chip.kind === 'repeat');
  if (!isDayElsewhere || !('at' in due)) return dueChipText(due, reader, end);
  return timeText(due.at.slice(11, 16), reader);
}

/**
 * Return "Every second Tuesday · next Tue 8 Dec, 09:00".
 * @param {Reading} reading
 * @param {Reader} reader
 */
function repeatChipText({ repeat, due }, reader) {
  if (!repeat || !due) return '';
  const { rule, counts_from } = repeat;
  const text = repeatText({ rule, counts_from: counts_from ?? 'schedule' }, due);
  return t('{repeat} · next {date}', { repeat: sentence(text), date: dueChipText(due, reader) });
}

/**
 * @param {Reading} reading
 * @param {Reader} reader
 */
function reminderTime({ reminder }, reader) {
  if (!reminder || !('at' in reminder)) return '';
  const wall = wallTime(reminder.at, reader.zone);
  return dueChipText({ at: wall, zone: reader.zone }, reader);
}
