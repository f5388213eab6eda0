// Errors in plain words.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { problemText } from '../../../web/format/problems.js';
import { Refused, Unreachable } from '../../../web/sync/api.js';

test('after an error of the server it is unknown whether the request was carried out', () => {
  const error = new Unreachable(null, new Refused(503, { code: 'unavailable' }));

  assert.equal(
    problemText(error),
    'The server had a problem and may not have done this. Try again in a moment.',
  );
});

test('a refusal for too many requests is shown in the words of the server', () => {
  const problem = { code: 'rate_limited', detail: 'Try again in 40 seconds.' };

  assert.equal(problemText(new Unreachable(40, new Refused(429, problem))), problem.detail);
});

test('a request that the server did not answer blames the connection', () => {
  assert.equal(
    problemText(new Unreachable()),
    'The server cannot be reached. Check your connection, then try again.',
  );
});
