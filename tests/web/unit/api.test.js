// What an answer of the server means to the caller: done, refused, or to be sent again.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  knownRequestOf,
  Refused,
  request,
  retryAfter,
  Unreachable,
} from '../../../web/sync/api.js';

/**
 * Return the error of a request that is answered with this status.
 * @param {number} status
 * @returns {Promise<unknown>}
 */
async function errorOf(status) {
  const init = { status, headers: { 'Retry-After': '7' } };
  globalThis.fetch = () => Promise.resolve(new Response('{"detail": "No."}', init));
  try {
    await request('GET', '/lists');
  } catch (error) {
    return error;
  }
}

for (const status of [408, 425, 429, 503]) {
  test(`what is answered with ${status} may be sent again when the server says`, async () => {
    const error = await errorOf(status);

    assert.ok(error instanceof Unreachable);
    assert.equal(retryAfter(error), 7);
  });
}

test('a change of an unknown kind is refused', () => {
  const mutation = /** @type {any} */ ({ key: 'a', kind: 'poll.add' });

  assert.throws(
    () => knownRequestOf(mutation),
    (error) => error instanceof Refused && error.code === 'unknown_change',
  );
});

test('what is answered with 403 is refused', async () => {
  assert.ok(await errorOf(403) instanceof Refused);
});
