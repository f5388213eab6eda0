// Dates are English, as the words around them, in the way of the reader's region.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { timeText } from '../../../web/format/due.js';
import { englishLocale } from '../../../web/format/locale.js';
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
    assert.equal(englishLocale(locale), expected);
  });
}

test('a German reads 24 hours', () => {
  assert.equal(timeText('18:30', { ...READER, locale: englishLocale('de-DE') }), '18:30');
});
