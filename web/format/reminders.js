// What is said of a reminder on its todo. Pure.

import { momentText } from './due.js';

/** When it fires, and what became of it: "tomorrow 8:00", "email sent 9:00", "shown 9:00", "failed, retry 2". */
export function reminderText(reminder, reader) {
  const at = reminder.fires_at ?? reminder.at;
  const when = at ? momentText(at, reader) : beforeText(reminder.minutes_before);
  const attempt = /^Attempt (\d+) failed/.exec(reminder.detail)?.[1];
  switch (reminder.state) {
    // With a detail there was no email, by choice: it was shown.
    case 'sent':
      return `${reminder.detail ? 'shown' : 'email sent'} ${
        momentText(reminder.sent_at ?? at, reader)
      }`;
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

export function beforeText(minutes) {
  if (minutes === 0) return 'when due';
  if (minutes % 1440 === 0) {
    return minutes === 1440 ? 'a day before' : `${minutes / 1440} days before`;
  }
  if (minutes % 60 === 0) return minutes === 60 ? 'an hour before' : `${minutes / 60} hours before`;
  return `${minutes} minutes before`;
}
