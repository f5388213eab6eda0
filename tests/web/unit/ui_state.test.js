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
  const { due, ui, texts } = timedToasts(context);
  let isReading = true;
  ui.isReadingToasts = () => isReading;
  ui.toast('Completed “Milk”.', { action: 'Undo' });

  due.pop()?.();
  const before = texts().length;
  isReading = false;
  due.pop()?.();

  assert.deepEqual([before, texts().length, due.length], [1, 0, 0]);
});

test('a failure is shown at once, and what it replaced returns after it', () => {
  const ui = new UiState(() => {});
  const texts = () => ui.toasts.map(({ text }) => text);
  ui.toast('One');
  ui.toast('Two', { action: 'Undo' });
  ui.toast('Three');
  assert.deepEqual(texts(), ['Three', 'Two']);

  ui.toast('Refused', FAILURE);
  assert.deepEqual(texts(), ['Refused', 'Two']);
  ui.toast('Refused too', { ...FAILURE, slot: 'storage' });
  ui.toast('Four');
  ui.toast('Five', { action: 'Undo' });
  assert.deepEqual(texts(), ['Refused too', 'Five', 'Refused', 'Two']);

  ui.dismiss(ui.toasts[0].id);
  assert.deepEqual(texts(), ['Five', 'Refused', 'Two']);
  ui.toast('Refused again', { ...FAILURE, slot: 'storage' });
  ui.clear(['storage']);
  assert.deepEqual(texts(), ['Five', 'Refused', 'Two']);
});

test('failures are few: those with the same text are one, which tries all of them again', () => {
  const ui = new UiState(() => {});
  /** @type {number[]} */
  const tried = [];
  for (let n = 0; n < 9; n++) {
    ui.toast('Not added.', { ...FAILURE, action: 'Try again', run: () => tried.push(n) });
  }
  assert.equal(ui.toasts.length, 1);
  ui.toasts[0].run?.();
  assert.deepEqual(tried, [0, 1, 2, 3, 4, 5, 6, 7, 8]);

  for (let n = 0; n < 9; n++) ui.toast(`Refused ${n}`, FAILURE);
  const newest = ['Refused 8', 'Refused 7', 'Refused 6', 'Refused 5', 'Refused 4'];
  assert.deepEqual(ui.toasts.map(({ text }) => text), newest);
});

test('a failure has its time, then an Undo has its own, then the failure returns', (context) => {
  const { due, ui, texts } = timedToasts(context);
  ui.toast('Refused', FAILURE);
  ui.toast('“Milk” is in the trash.', { action: 'Undo' });
  assert.deepEqual(texts(), ['Refused', '“Milk” is in the trash.']);

  due.pop()?.();
  assert.deepEqual(texts(), ['“Milk” is in the trash.', 'Refused']);
  due.pop()?.();
  assert.deepEqual(texts(), ['Refused']);

  // It has had its time.
  ui.toast('Moved.', { action: 'Undo' });
  assert.deepEqual(texts(), ['Moved.', 'Refused']);
});

test('a failure that is being read is not replaced until it is left', (context) => {
  const { due, ui, texts } = timedToasts(context);
  let isReading = true;
  ui.isReadingToasts = () => isReading;
  ui.toast('Refused', FAILURE);
  due.pop()?.();
  ui.toast('Moved.', { action: 'Undo' });
  due.pop()?.();
  assert.deepEqual(texts(), ['Refused', 'Moved.']);

  isReading = false;
  due.pop()?.();
  assert.deepEqual(texts(), ['Moved.', 'Refused']);
});

const FAILURE = { tone: /** @type {const} */ ('warning'), stays: true };

/** Return toasts of which the newest time ends by `due.pop()()`. */
function timedToasts(/** @type {import('node:test').TestContext} */ context) {
  /** @type {(() => void)[]} */
  const due = [];
  const real = globalThis.setTimeout;
  context.after(() => Object.assign(globalThis, { setTimeout: real }));
  Object.assign(globalThis, { setTimeout: (/** @type {() => void} */ run) => due.push(run) });
  const ui = new UiState(() => {});
  return { due, ui, texts: () => ui.toasts.map(({ text }) => text) };
}
