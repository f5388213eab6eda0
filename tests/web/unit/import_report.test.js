// What an import could not carry over: all that the server has in words, and how many more.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { problems } from '../../../web/views/pages/settings/interop/import_report.js';

/**
 * @import { ImportDetail } from '../../../web/types/contract.d.ts'
 */

/**
 * @param {number} stored
 * @param {number} total
 */
function shown(stored, total) {
  const found = Array.from({ length: stored }, (_, index) => ({ line: index, text: 'Odd.' }));
  const report = { file_name: 'todo.txt', problems: found, problem_count: total };
  return JSON.stringify(problems(/** @type {ImportDetail} */ (/** @type {unknown} */ (report))));
}

test('an import without problems shows none', () => {
  assert.equal(shown(0, 0), 'null');
});

test('all stored problems are shown, and nothing is said about more', () => {
  const text = shown(30, 30);

  assert.ok(text.includes('30 things cannot be carried over'));
  assert.ok(text.includes('Line 29: Odd.'));
  assert.ok(!text.includes('more'));
});

test('of more problems than are stored the number is shown, and saved as text', () => {
  const text = shown(200, 834);

  assert.ok(text.includes('Line 199: Odd.'));
  assert.ok(text.includes('"and 634 more"'));
  assert.ok(text.includes('and%20634%20more'));
  assert.ok(text.includes('"todo.txt.txt"'));
});
