// Dates are in the language of the words around them, in the way of the reader's region.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { timeText } from '../../../web/format/due.js';
import { firstWeekday, localeIn, readerLocale } from '../../../web/format/locale.js';
import { READER } from './support/reader.js';

/** @type {[string, string][]} */
const CASES = [
  ['en-GB', 'en-GB'],
  ['en-US', 'en-US'],
  ['de-DE', 'en-DE'],
  ['de', 'en-DE'],
  ['ar-EG', 'en-GB'],
  ['', 'en-GB'],
  ['not a locale', 'en-GB'],
];
for (const [locale, expected] of CASES) {
  test(`dates for ${locale || 'no locale'} are written as in ${expected}`, () => {
    assert.equal(localeIn('en', locale), expected);
  });
}

test('a German reads 24 hours', () => {
  assert.equal(timeText('18:30', { ...READER, locale: localeIn('en', 'de-DE') }), '18:30');
});

test('dates of a German page are German, whatever the region', () => {
  assert.equal(localeIn('de', 'de-AT'), 'de-AT');
  assert.equal(localeIn('de', 'en-US'), 'de');
  assert.equal(localeIn('de', ''), 'de');
});

test('an account chooses 12 or 24 hours', () => {
  /** @param {string} hourCycle */
  const at = (hourCycle) =>
    timeText('18:30', {
      ...READER,
      locale: readerLocale('en-GB', 'en', { hour_cycle: /** @type {'h12'} */ (hourCycle) }),
    });
  assert.equal(at(''), '18:30');
  assert.match(at('h12'), /^6:30\sp\.?m/i);
  assert.equal(at('h23'), '18:30');
});

test('a week begins as the account chose, else as in the region', () => {
  assert.equal(firstWeekday(readerLocale('en-US', 'en')), 7);
  assert.equal(firstWeekday(readerLocale('de-DE', 'de')), 1);
  assert.equal(
    firstWeekday(readerLocale('de-DE', 'de', { week_start: 'sun', hour_cycle: 'h12' })),
    7,
  );
});
