// A reminder as text. Pure.

import { momentText } from './due.js';

/**
 * @import { ReminderShape } from '../types/contract.d.ts'
 * @import { Reader } from '../types/client.d.ts'
 */

/**
 * Return when a reminder fires, and what became of it: "tomorrow 8:00", "email sent 9:00",
 * "shown 9:00", "failed, retry 2".
 * @param {ReminderShape} reminder
 * @param {Reader} reader
 */
export function reminderText(reminder, reader) {
  const at = reminder.fires_at ?? reminder.at;
  const when = at ? momentText(at, reader) : beforeText(reminder.minutes_before ?? 0);
  const attempt = /^Attempt (\d+) failed/.exec(reminder.detail)?.[1];
  switch (reminder.state) {
    case 'sent': {
      const sentAt = reminder.sent_at ?? at;
      // A sent reminder with a detail was shown but, by choice, not mailed.
      const how = reminder.detail ? 'shown' : 'email sent';
      return `${how} ${sentAt ? momentText(sentAt, reader) : ''}`;
    }
    case 'sending':
      return attempt ? `${when}: failed, retry ${attempt}` : `${when}: sending`;
    case 'failed':
      return `${when}: could not be sent`;
    case 'missed':
      return `${when}: missed`;
    default:
      return reminder.snoozed_until ? `${when} (snoozed)` : when;
  }
}

/** @param {number} minutes before the due date */
export function beforeText(minutes) {
  if (minutes === 0) return 'when due';
  if (minutes % 1440 === 0) {
    return minutes === 1440 ? 'a day before' : `${minutes / 1440} days before`;
  }
  if (minutes % 60 === 0) return minutes === 60 ? 'an hour before' : `${minutes / 60} hours before`;
  return `${minutes} minutes before`;
}
