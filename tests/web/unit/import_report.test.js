// How far an import is, and what it could not carry over.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { problems, state } from '../../../web/views/pages/settings/interop/import_report.js';

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

test('while a file is read, the number of todos is shown that were read so far', () => {
  const texts = [0, 1, 12000].map((done) => {
    const read = { state: 'previewing', todos_total: 0, todos_done: done, error: '' };
    return JSON.stringify(state(/** @type {ImportDetail} */ (/** @type {unknown} */ (read))));
  });

  assert.ok(texts[0].includes('Reading the file…'));
  assert.ok(texts[1].includes('Reading the file: 1 todo so far…'));
  assert.ok(texts[2].includes('Reading the file: 12000 todos so far…'));
});
