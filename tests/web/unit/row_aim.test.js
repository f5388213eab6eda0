// Where a dragged row lands, and which rows make way.

import assert from 'node:assert/strict';
import test from 'node:test';
import { aimAt, shiftsFor } from '../../../web/views/components/dragging/row_aim.js';

/** @import { RowTarget } from '../../../web/views/components/dragging/row_aim.js' */

/** @type {Record<string, number>} */
const HEIGHTS = { a: 40, b: 60, c: 40 };
const PLACES = [
  { id: 'a', top: 0, bottom: 40 },
  { id: 'b', top: 40, bottom: 100 },
  { id: 'c', top: 100, bottom: 140 },
];

test('a row lands beside the nearer edge of another, or in its middle third', () => {
  const targets = [-5, 10, 20, 35, 70, 95, 200].map((y) => aimAt(PLACES, y, true));

  assert.deepEqual(targets, [
    { before_id: 'a' },
    { before_id: 'a' },
    { parent_id: 'a' },
    { after_id: 'a' },
    { parent_id: 'b' },
    { after_id: 'b' },
    { after_id: 'c' },
  ]);
});

test('a subtask takes no subtask', () => {
  assert.deepEqual(aimAt(PLACES, 15, false), { before_id: 'a' });
  assert.deepEqual(aimAt(PLACES, 25, false), { after_id: 'a' });
});

test('in the gap that the others left nothing changes', () => {
  assert.equal(aimAt([PLACES[0], PLACES[2]], 70, true), null);
  assert.equal(aimAt([], 70, true), null);
});

test('the rows between make way, and the dragged one is shown where it lands', () => {
  /**
   * @param {string} id
   * @param {RowTarget} target
   */
  const shifts = (id, target) =>
    Object.fromEntries(shiftsFor(PLACES, { id, height: HEIGHTS[id] }, target));

  assert.deepEqual(shifts('a', { after_id: 'c' }), { a: 100, b: -40, c: -40 });
  assert.deepEqual(shifts('a', { before_id: 'c' }), { a: 60, b: -40 });
  assert.deepEqual(shifts('c', { before_id: 'a' }), { a: 40, b: 40, c: -100 });
  assert.deepEqual(shifts('c', { after_id: 'a' }), { b: 40, c: -60 });
});

test('beside its own place a row moves nothing', () => {
  for (const target of [{ before_id: 'c' }, { after_id: 'a' }]) {
    assert.equal(shiftsFor(PLACES, { id: 'b', height: 40 }, target).size, 0);
  }
});

test('for a row of another list the rows below make way', () => {
  /** @param {RowTarget} target */
  const shifts = (target) =>
    Object.fromEntries(shiftsFor(PLACES, { id: 'other', height: 30 }, target));

  assert.deepEqual(shifts({ before_id: 'b' }), { b: 30, c: 30 });
  assert.deepEqual(shifts({ after_id: 'b' }), { c: 30 });
  assert.deepEqual(shifts({ after_id: 'c' }), {});
});
