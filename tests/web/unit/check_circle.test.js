// The circle that ticks a todo: how it looks in each status, and what a screen reader says of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { todo } from './support/builders.js';
import { checkCircle } from '../../../web/views/base/check_circle.js';

/** @import { Todo } from '../../../web/types/client.d.ts' */

/** @param {Partial<Todo>} fields */
function drawn(fields) {
  const { props } = checkCircle({ ...todo({}), ...fields }, true, () => {});
  const { class: look, 'aria-checked': checked, 'aria-label': label } = /** @type {any} */ (props);
  return { looks: look.split(' ').filter(Boolean).slice(2), checked, label };
}

test('each status has a circle of its own', () => {
  assert.deepEqual(drawn({ status: 'pending' }).looks, []);
  assert.deepEqual(drawn({ status: 'in_progress' }).looks, ['is-begun']);
  assert.deepEqual(drawn({ status: 'completed' }).looks, ['is-done']);
  assert.deepEqual(drawn({ status: 'cancelled' }).looks, ['is-cancelled']);
  assert.deepEqual(drawn({ status: 'in_progress', ending: 'completed' }).looks, ['is-done']);
});

test('the status is said where no tick says it', () => {
  const { checked, label } = drawn({ status: 'in_progress', priority: 5 });
  assert.deepEqual([checked, label], ['false', 'Book the movers, in progress, priority: urgent']);
  assert.equal(drawn({ status: 'cancelled' }).label, 'Book the movers, won’t do');
  assert.equal(drawn({ status: 'completed' }).label, 'Book the movers');
});
