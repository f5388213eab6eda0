// Ranks: there is room between any two.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { rankBetween } from '../../../web/sync/rank.js';

/** @type {[string | null, string | null][]} */
const PAIRS = [
  [null, null],
  [null, 'V'],
  ['V', null],
  ['a', 'b'],
  ['a', 'a0'],
  ['az', 'b'],
  ['V', 'V0V'],
  [null, '0'],
];
for (const [before, after] of PAIRS) {
  test(`there is always another rank between ${before} and ${after}`, () => {
    let [low, high] = [before, after];
    const ranks = [];
    for (let i = 0; i < 60; i += 1) {
      const rank = rankBetween(low, high);
      ranks.push(rank);
      if (i % 2) low = rank;
      else high = rank;
    }

    assert.equal(new Set(ranks).size, 60);
    for (const rank of ranks) {
      assert.ok(before === null || rank > before);
      assert.ok(after === null || rank < after);
      assert.ok(rank.length < 60);
    }
  });
}
