// Dates in the zone and the words of the reader.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { READER } from './support/reader.js';
import { dueText } from '../../../web/format/due.js';
import { instantOf, localDue, nextWeek, startOfDay, wallTime } from '../../../web/store/dates.js';

/** @import { Due } from '../../../web/types/client.d.ts' */

const BERLIN = 'Europe/Berlin';

/** @type {[Due, string | null, string, boolean][]} */
const DUE_CASES = [
  [{ date: '2026-11-21' }, null, 'today', false],
  [{ date: '2026-11-22' }, null, 'tomorrow', false],
  [{ date: '2026-11-20' }, null, 'yesterday', true],
  [{ date: '2026-11-26' }, null, 'Thursday', false],
  [{ date: '2026-12-24' }, null, '24 Dec', false],
  [{ date: '2027-01-02' }, null, '2 Jan 2027', false],
  [{ at: '2026-11-22T09:00:00', zone: null }, null, 'tomorrow 9:00', false],
  [{ at: '2026-11-21T12:59:00', zone: null }, null, 'today 12:59', true],
  [
    { at: '2026-11-22T09:00:00', zone: 'America/New_York' },
    '2026-11-22T14:00:00Z',
    'tomorrow 15:00',
    false,
  ],
  [
    { at: '2026-11-22T00:30:00', zone: 'Asia/Tokyo' },
    '2026-11-21T15:30:00Z',
    'today 16:30',
    false,
  ],
];
for (const [due, due_at, text, overdue] of DUE_CASES) {
  test(`${JSON.stringify(due)} is written as "${text}"`, () => {
    const found = dueText({ due, due_at }, READER);

    // Versions of Intl differ in the leading zero of British hours.
    assert.equal(found?.text.replace(' 09:', ' 9:'), text);
    assert.equal(found.overdue, overdue);
  });
}

const AROUND_CLOCK_CHANGES = [
  '2026-03-29T09:00:00',
  '2026-03-29T01:59:00',
  '2026-10-25T09:00:00',
  '2026-07-01T00:00:00',
];
for (const wall of AROUND_CLOCK_CHANGES) {
  test(`the wall time ${wall} survives the change of the clocks`, () => {
    assert.equal(wallTime(instantOf(wall, BERLIN), BERLIN), wall);
  });
}

test('a floating time that the clocks skip is later on the same day', () => {
  const due = localDue({ due: { at: '2027-09-05T00:30:00', zone: null } }, 'America/Santiago');

  assert.equal(due?.day, '2027-09-05');
  assert.equal(due.time, '01:30');
});

test('wall times equal those of Intl, also on days in which clocks change', () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'UTC',
  ];
  const days = ['2026-03-08', '2026-03-29', '2026-04-05', '2026-07-01', '2026-10-25', '2026-11-01'];

  for (const zone of zones) {
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: zone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    for (const day of days) {
      for (let minute = -1440; minute <= 2880; minute += 15) {
        const at = Date.parse(`${day}T00:00:00Z`) + minute * 60_000 + 999;
        assert.equal(wallTime(at, zone), format.format(at).replace(' ', 'T'), `${zone} ${at}`);
      }
    }
  }
});

test('next week begins on Monday, and on a Sunday it is not tomorrow', () => {
  assert.equal(nextWeek('2026-11-30'), '2026-12-07');
  assert.equal(nextWeek('2026-12-05'), '2026-12-07');
  assert.equal(nextWeek('2026-12-06'), '2026-12-14');
});

test('a day begins at midnight of its zone', () => {
  assert.equal(startOfDay('2026-11-21', BERLIN), '2026-11-20T23:00:00.000Z');
  assert.equal(startOfDay('2026-07-01', 'America/New_York'), '2026-07-01T04:00:00.000Z');
});
