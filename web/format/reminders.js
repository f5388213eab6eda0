// A reminder as text. Pure.

import { t, tn } from '../languages/translate.js';
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
      const time = sentAt ? momentText(sentAt, reader) : '';
      return reminder.detail ? t('shown {time}', { time }) : t('email sent {time}', { time });
    }
    case 'sending':
      return attempt
        ? t('{when}: failed, retry {attempt}', { when, attempt })
        : t('{when}: sending', { when });
    case 'failed':
      return t('{when}: could not be sent', { when });
    case 'missed':
      return t('{when}: missed', { when });
    default:
      return reminder.snoozed_until ? t('{when} (snoozed)', { when }) : when;
  }
}

/** @param {number} minutes before the due date */
export function beforeText(minutes) {
  if (minutes === 0) return t('when due');
  if (minutes % 1440 === 0) return tn(minutes / 1440, 'a day before', '{count} days before');
  if (minutes % 60 === 0) return tn(minutes / 60, 'an hour before', '{count} hours before');
  return tn(minutes, '{count} minute before', '{count} minutes before');
}
