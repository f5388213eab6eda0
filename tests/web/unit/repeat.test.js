// Repeat rules in plain words.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { repeatText } from '../../../web/format/repeat.js';

// A Thursday.
const DUE = { date: '2026-12-31' };

const CASES = [
  ['FREQ=DAILY', 'every day'],
  ['FREQ=DAILY;INTERVAL=2', 'every second day'],
  ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', 'every weekday'],
  ['FREQ=WEEKLY;INTERVAL=2;BYDAY=TU', 'every second Tuesday'],
  ['FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,FR', 'every 3 weeks on Monday and Friday'],
  ['FREQ=WEEKLY', 'every Thursday'],
  ['FREQ=MONTHLY;BYMONTHDAY=-1', 'on the last day of every month'],
  ['FREQ=MONTHLY', 'on the 31st (or the last day) of every month'],
  ['FREQ=MONTHLY;BYMONTHDAY=1,15', 'on the 1st and 15th of every month'],
  ['FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU', 'on the second Tuesday of every second month'],
  ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', 'on the last weekday of every month'],
  ['FREQ=YEARLY', 'every year on 31 December'],
  ['FREQ=YEARLY;BYMONTH=11;BYDAY=4TH', 'every year, on the fourth Thursday of November'],
  ['FREQ=YEARLY;BYMONTH=11;BYDAY=-3TH', 'every year, on the third to last Thursday of November'],
  ['FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=1', 'every year on 1 March and 1 September'],
  ['FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1,15', 'every year, on the 1st and 15th of March'],
  ['FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-1', 'every year, on the last day of March'],
  ['FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-10', 'every year, on the 10th to last day of March'],
  ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'every year on 30 February (or the last day)'],
  ['FREQ=MONTHLY;BYMONTH=1,3;BYMONTHDAY=31', 'on the 31st of every month in January and March'],
  [
    'FREQ=MONTHLY;BYMONTHDAY=13,27;BYSETPOS=-1',
    'on the last of the 13th and 27th of every month',
  ],
  ['FREQ=DAILY;COUNT=5', 'every day, 5 times'],
  ['FREQ=WEEKLY;UNTIL=20271231', 'every Thursday, until 31 December 2027'],
];
for (const [rule, text] of CASES) {
  test(`${rule} is written as "${text}"`, () => {
    assert.equal(repeatText({ rule, counts_from: 'schedule' }, DUE), text);
  });
}

test('a rule that counts from the completion says so', () => {
  const repeat = {
    rule: 'FREQ=DAILY;INTERVAL=3',
    counts_from: /** @type {const} */ ('completion'),
  };

  assert.equal(repeatText(repeat, DUE), 'every 3 days after it is done');
});
