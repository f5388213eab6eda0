// Words with one typo: the same cases as for the API (tests/rules/test_typos.py).

import assert from 'node:assert/strict';
import { test } from 'node:test';

// Each: word, text, whether it is found.
import CASES from '../../support/typo_cases.json' with { type: 'json' };
import { hasNear } from '../../../web/views/tools/typos.js';

test('a word is found with one typo', () => {
  const found = CASES.map(([word, text]) => [
    word,
    text,
    hasNear(String(text), String(word)),
  ]);

  assert.deepEqual(found, CASES);
});
