// Words with one typo: the same cases as for the API (tests/rules/test_typos.py).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { hasNear } from '../../../web/views/tools/typos.js';

/** @type {[string, string, boolean][]} word, text, whether it is found */
const CASES = JSON.parse(
  readFileSync(new URL('../../support/typo_cases.json', import.meta.url), 'utf8'),
);

test('a word is found with one typo', () => {
  const found = CASES.map(([word, text]) => [word, text, hasNear(text, word)]);

  assert.deepEqual(found, CASES);
});
