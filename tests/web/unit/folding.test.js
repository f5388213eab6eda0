// Searches compare folded texts: the same cases as for the API, tests/rules/test_folding.py.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import cases from '../../support/folding_cases.json' with { type: 'json' };
import { searchKey, searchWords } from '../../../web/format/folding.js';

for (const [text, folded] of /** @type {[string, string][]} */ (cases.folded)) {
  test(`folds ${JSON.stringify(text)}`, () => {
    assert.equal(searchKey(text), folded);
    assert.equal(searchKey(folded), folded);
  });
}

for (const [search, text, isFound] of /** @type {[string, string, boolean][]} */ (cases.found)) {
  test(`${search} ${isFound ? 'finds' : 'does not find'} ${text}`, () => {
    assert.equal(searchWords(search).every((word) => searchKey(text).includes(word)), isFound);
  });
}
