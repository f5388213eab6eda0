// The calendar of a month: its weeks, and the days to which the keys go.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addMonths, dayAfterKey, isDay, weeksOf } from '../../../web/views/tools/month.js';

const [MONDAY, SUNDAY] = [1, 7];

test('a month begins with the first weekday of the reader, and has whole weeks', () => {
  const from = (/** @type {number} */ first) => weeksOf('2026-12-24', first);

  assert.deepEqual(from(MONDAY).map(([day]) => day), [
    '2026-11-30',
    '2026-12-07',
    '2026-12-14',
    '2026-12-21',
    '2026-12-28',
  ]);
  assert.equal(from(SUNDAY)[0][0], '2026-11-29');
  // February 2027 has four weeks from Monday on.
  assert.equal(weeksOf('2027-02-10', MONDAY).length, 4);
  assert.ok(from(SUNDAY).every((week) => week.length === 7));
});

test('each key goes to the day that the pattern of ARIA names', () => {
  /** @param {string} key @param {boolean} [shiftKey] @param {boolean} [isMirrored] */
  const after = (key, shiftKey = false, isMirrored = false) =>
    dayAfterKey('2026-12-31', { key, shiftKey }, MONDAY, isMirrored);

  assert.equal(after('ArrowRight'), '2027-01-01');
  assert.equal(after('ArrowRight', false, true), '2026-12-30');
  assert.equal(after('ArrowUp'), '2026-12-24');
  assert.equal(after('Home'), '2026-12-28');
  assert.equal(after('End'), '2027-01-03');
  assert.equal(after('PageDown'), '2027-01-31');
  assert.equal(after('PageUp'), '2026-11-30');
  assert.equal(after('PageUp', true), '2025-12-31');
  assert.equal(after('a'), null);
});

test('the calendar ends where the server takes no day', () => {
  assert.equal(addMonths('2026-01-31', 1), '2026-02-28');
  assert.equal(addMonths('1980-01-15', -1), '1980-01-01');
  assert.equal(addMonths('2999-12-15', 1), '2999-12-31');
  assert.equal(
    dayAfterKey('2999-12-31', { key: 'ArrowRight', shiftKey: false }, 1, false),
    '2999-12-31',
  );
  for (const day of ['2026-02-30', '1979-12-31', '3000-01-01', 'tomorrow', '2026-1-1']) {
    assert.ok(!isDay(day), day);
  }
  assert.ok(isDay('2028-02-29'));
});
