// What lies above the page ends with the session.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { UiState } from '../../../web/store/ui_state.js';

test('nothing of a user is left on the page for the next one', () => {
  const ui = new UiState(() => {});
  ui.toast('“Plan” is done.', { stays: true });
  const selection = { ids: new Set(['t1']), anchor: 't1', base: new Set() };
  ui.set({ said: '“Plan” moved up.', editing: 't1', drawer: true, selection });
  ui.newList = 'l1';

  ui.clearAll();

  const { said, editing, drawer, toasts, newList } = ui;
  assert.deepEqual([said, editing, drawer, toasts, newList], ['', null, false, [], null]);
  assert.equal(ui.selection.ids.size, 0);
});

test('a toast stays while the user points at it or has the focus in it', (context) => {
  /** @type {(() => void)[]} */
  const due = [];
  const real = globalThis.setTimeout;
  context.after(() => Object.assign(globalThis, { setTimeout: real }));
  Object.assign(globalThis, { setTimeout: (/** @type {() => void} */ run) => due.push(run) });
  const ui = new UiState(() => {});
  let isReading = true;
  ui.isReadingToasts = () => isReading;
  ui.toast('Completed “Milk”.', { action: 'Undo' });

  due.shift()?.();
  const before = ui.toasts.length;
  isReading = false;
  due.shift()?.();

  assert.deepEqual([before, ui.toasts.length, due.length], [1, 0, 0]);
});
