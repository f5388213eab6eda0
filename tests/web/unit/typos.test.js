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

test('the words of a search are prepared once for all texts', () => {
  const { RegExp } = globalThis;
  let made = 0;
  globalThis.RegExp = /** @type {any} */ (new Proxy(RegExp, {
    construct: (target, given) => {
      made++;
      return Reflect.construct(target, given);
    },
  }));
  try {
    for (const text of ['pack the boxes', 'call the movers', 'water the plants']) {
      for (const word of ['movers', 'plants', 'packing']) hasNear(text, word);
    }
  } finally {
    globalThis.RegExp = RegExp;
  }

  assert.equal(made, 3);
});
