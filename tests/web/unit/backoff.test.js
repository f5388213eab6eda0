// Delays between connection attempts, and what a close code orders.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { closeOrder, reconnectDelay } from '../../../web/sync/backoff.js';

test('reconnect delays have full jitter between half a second and thirty', () => {
  const delays = (/** @type {number} */ random) =>
    Array.from({ length: 40 }, (_, failures) => reconnectDelay(failures, () => random));
  const lowest = delays(0);
  const highest = delays(0.999999);

  assert.deepEqual(new Set(lowest), new Set([0.5]));
  assert.ok(Math.max(...highest) <= 30);
  assert.ok(highest[39] > 29.9);
  assert.deepEqual(highest, highest.toSorted((a, b) => a - b), 'delays never become shorter');
});

test('a network that went away is a reason to reconnect', () => {
  assert.equal(closeOrder(1006).action, 'reconnect');
});
