// The text of a reminder on its todo: when it comes, or what became of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { reminder } from './support/builders.js';
import { momentText } from '../../../web/format/due.js';
import { reminderText } from '../../../web/format/reminders.js';

/** @import { ReminderShape } from '../../../web/types/contract.d.ts' */

const AT = '2026-11-21T09:00:00Z';
const READER = { now: 1795255200000, zone: 'UTC', locale: 'en-GB' };
const WHEN = 'today 9:00';

test('the moment is written in words', () => {
  assert.equal(momentText(AT, READER), WHEN);
});

/** @type {[Partial<ReminderShape>, string][]} */
const CASES = [
  [{ state: 'scheduled' }, WHEN],
  [{ state: 'scheduled', snoozed_until: AT }, `${WHEN} (snoozed)`],
  [{ state: 'scheduled', at: null, fires_at: null, minutes_before: 60 }, 'an hour before'],
  [{ state: 'sending' }, `${WHEN}: sending`],
  [{ state: 'sending', detail: 'Attempt 2 failed: why.' }, `${WHEN}: failed, retry 2`],
  [{ state: 'sent', sent_at: AT }, `email sent ${WHEN}`],
  [{ state: 'sent', sent_at: AT, detail: 'Not mailed, by choice.' }, `shown ${WHEN}`],
  [{ state: 'failed', detail: 'Not sent: why.' }, `${WHEN}: could not be sent`],
  [{ state: 'missed' }, `${WHEN}: missed`],
];
for (const [fields, text] of CASES) {
  test(`${JSON.stringify(fields)} is written as "${text}"`, () => {
    assert.equal(reminderText(reminder({ fires_at: AT, ...fields }), READER), text);
  });
}
