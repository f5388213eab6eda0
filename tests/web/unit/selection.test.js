// Selecting todos: toggle, ranges in the order shown, and what leaves the selection by itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { extended, renamed, retained, toggled } from '../../../web/store/selection.js';
import { NO_SELECTION } from '../../../web/store/ui_state.js';

/** @import { Selection } from '../../../web/store/selection.js' */

const ORDER = ['a', 'b', 'c', 'd', 'e'];
/** @param {Selection} selection */
const ids = (selection) => [...selection.ids].sort().join('');

test('toggling the last todo out ends the selection', () => {
  const one = toggled(NO_SELECTION, 'b');

  assert.equal(ids(one), 'b');
  assert.equal(toggled(one, 'b'), NO_SELECTION);
});

test('a range replaces the range before and keeps what was selected apart from it', () => {
  const apart = toggled(toggled(NO_SELECTION, 'a'), 'c');

  const down = extended(apart, ORDER, 'e');
  const back = extended(down, ORDER, 'd');
  const up = extended(back, ORDER, 'b');

  assert.deepEqual([down, back, up].map(ids), ['acde', 'acd', 'abc']);
});

test('without an anchor that is shown, a range is the todo alone', () => {
  const anchorless = retained(toggled(toggled(NO_SELECTION, 'a'), 'b'), new Set(['a']));

  assert.equal(anchorless.anchor, null);
  assert.equal(ids(extended(anchorless, ORDER, 'd')), 'ad');
});

test('what is not shown leaves the selection, and nothing comes back with a range', () => {
  const range = extended(toggled(NO_SELECTION, 'b'), ORDER, 'd');

  const left = retained(range, new Set(['a', 'b', 'd', 'e']));

  assert.equal(ids(left), 'bd');
  assert.equal(retained(left, new Set(ORDER)), left);
  assert.equal(retained(left, new Set(['a'])), NO_SELECTION);
});

test('a provisional id is replaced everywhere', () => {
  const range = renamed(extended(toggled(NO_SELECTION, 'b'), ORDER, 'c'), 'b', 'B');

  assert.equal(ids(range), 'Bc');
  assert.equal(range.anchor, 'B');
});
