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

test('the latest toast replaces the one before, but nothing that must be read', () => {
  const ui = new UiState(() => {});
  ui.isReadingToasts = () => true;
  const shown = () => ui.toasts.map(({ text }) => text);
  ui.toast('One', { stays: false });
  ui.toast('Two');
  assert.deepEqual(shown(), ['Two']);

  ui.toast('Refused', { tone: 'warning', stays: true });
  assert.deepEqual(shown(), ['Refused']);
  ui.toast('Three');
  ui.toast('Four');
  assert.deepEqual(shown(), ['Refused', 'Four']);
  ui.toast('Refused too', { tone: 'warning', stays: true, slot: 'storage' });
  ui.toast('Refused again', { tone: 'warning', stays: true, slot: 'storage' });
  assert.deepEqual(shown(), ['Refused', 'Refused again']);

  ui.dismiss(ui.toasts[0].id);
  assert.deepEqual(shown(), ['Refused again']);
  ui.clear(['storage']);
  assert.deepEqual(shown(), []);
});

test('the time of a toast that waits begins when it is shown', (context) => {
  /** @type {(() => void)[]} */
  const due = [];
  const real = globalThis.setTimeout;
  context.after(() => Object.assign(globalThis, { setTimeout: real }));
  Object.assign(globalThis, { setTimeout: (/** @type {() => void} */ run) => due.push(run) });
  const ui = new UiState(() => {});
  ui.toast('Refused', { tone: 'warning', stays: true });
  ui.toast('“Milk” is in the trash.', { action: 'Undo' });
  const before = due.length;

  ui.dismiss(ui.toasts[0].id);
  due.shift()?.();

  assert.deepEqual([before, ui.toasts], [0, []]);
});
