// The window of a long list: which rows are in the document, and what stands for the others.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  isNearGap,
  partsOf,
  RowHeights,
  RowOffsets,
  runInView,
} from '../../../web/views/components/row_window.js';
import { scrollSpeed } from '../../../web/views/components/dragging/scroll_speed.js';

const ROW = 50;
const OFFSETS = rowsOf(10_000);
/** @param {number} count */
function rowsOf(count) {
  return new RowOffsets(Array.from({ length: count }, () => ROW));
}

const START = { from: 0, to: 0, around: 0 };

/**
 * Return the rows in the document once nothing more is added for a view.
 * @param {{top: number, bottom: number}} view
 * @param {import('../../../web/views/components/row_window.js').RowOffsets} offsets
 */
function settledRun(view, offsets = OFFSETS) {
  let run = runInView(offsets, START, view);
  for (let frame = 0; isNearGap(offsets, run, view); frame += 1) {
    assert.ok(frame < 10, 'the window never settles');
    run = runInView(offsets, run, view);
  }
  return run;
}

test('a row is found by where it begins', () => {
  const offsets = new RowOffsets([40, 60, 50]);

  assert.deepEqual([0, 39, 40, 99, 100, 149].map((y) => offsets.indexAt(y)), [0, 0, 1, 1, 2, 2]);
  assert.deepEqual([0, 1, 2, 3].map((at) => offsets.top(at)), [0, 40, 100, 150]);
  assert.equal(offsets.indexAt(1_000), 3);
});

test('all rows in view and many around them are in the document, and few others', () => {
  const view = { top: 100_000, bottom: 100_900 };
  let run = settledRun(view);
  for (let drawing = 0; drawing < 20; drawing += 1) run = runInView(OFFSETS, run, view);

  const { from, to } = run;
  assert.ok(from * ROW <= 100_000 - 400 && to * ROW >= 100_900 + 400);
  assert.ok(to - from <= 18 + 2 * 18);
});

test('after a jump the rows in view come first, and those around them later', () => {
  const view = { top: 100_000, bottom: 100_900 };

  const first = runInView(OFFSETS, START, view);
  const then = runInView(OFFSETS, first, view);

  assert.ok(first.from * ROW <= view.top && first.to * ROW >= view.bottom);
  assert.ok(first.to - first.from <= 24);
  assert.ok(then.from < first.from && then.to > first.to);
});

test('at both ends of the list nothing is missing', () => {
  assert.deepEqual(partsOf(OFFSETS, settledRun({ top: -200, bottom: 700 }), [])[0], { row: 0 });
  const end = partsOf(OFFSETS, settledRun({ top: 499_500, bottom: 500_400 }), []);
  assert.deepEqual(end.at(-1), { row: 9_999 });
});

test('a list far above or below the view has no rows in the document', () => {
  for (const view of [{ top: -5_000, bottom: -4_000 }, { top: 600_000, bottom: 601_000 }]) {
    const run = settledRun(view);

    assert.equal(run.from, run.to);
    assert.deepEqual(partsOf(OFFSETS, run, []), [{ gap: 10_000 * ROW }]);
  }
});

test('gaps and rows together are as high as the list, and rows come in order', () => {
  const parts = partsOf(OFFSETS, { from: 100, to: 110 }, [3, 5_000]);

  const rows = parts.flatMap((part) => ('row' in part ? [part.row] : []));
  const heights = parts.map((part) => ('gap' in part ? part.gap : ROW));
  const window = Array.from({ length: 10 }, (_, at) => 100 + at);
  assert.deepEqual(rows, [2, 3, 4, ...window, 4_999, 5_000, 5_001]);
  assert.equal(heights.reduce((sum, height) => sum + height), 10_000 * ROW);
});

test('a kept row within the window is there once', () => {
  const parts = partsOf(rowsOf(10), { from: 0, to: 10 }, [0, 4, 9]);

  assert.deepEqual(parts, Array.from({ length: 10 }, (_, row) => ({ row })));
});

test('rows that were not measured have the usual height of those that were first', () => {
  const heights = new RowHeights();
  const todos = ['a', 'b', 'c', 'd'].map((id) => ({ id }));
  heights.offsets(todos);

  const isFirst = heights.settle([40, 60]);
  const offsets = heights.offsets(todos);
  const isOther = [heights.measure('a', 40, 0), heights.measure('c', 90, 2)];
  const isSecond = heights.settle([90]);

  assert.deepEqual([...offsets.tops], [0, 40, 90, 180, 230]);
  assert.deepEqual([isFirst, isSecond], [true, false]);
  assert.deepEqual(isOther, [true, true]);
  assert.equal(heights.measure('c', 90, 2), false);
});

test('a measured height stays with its todo when others come before it', () => {
  const heights = new RowHeights();
  const [a, b, c] = ['a', 'b', 'c'].map((id) => ({ id }));
  heights.offsets([a, b]);
  heights.settle([50]);
  heights.offsets([a, b]);
  heights.measure('b', 70, 1);

  assert.deepEqual([...heights.offsets([c, a, b]).tops], [0, 50, 100, 170]);
});

test('the page scrolls near its edges, the faster the nearer', () => {
  const view = { top: 0, bottom: 900 };

  const speeds = [-10, 0, 30, 450, 870, 900, 950].map((y) => scrollSpeed(y, view));

  assert.deepEqual(speeds.map(Math.sign), [-1, -1, -1, 0, 1, 1, 1]);
  assert.ok(speeds[1] < speeds[2] && speeds[4] < speeds[5]);
  assert.equal(speeds[5], speeds[6]);
});
