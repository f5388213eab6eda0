// Errors in plain words.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fieldProblems, problemText } from '../../../web/format/problems.js';
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

/** @type {[string, string][]} */
const LENGTHS = [
  ['String should have at most 100 characters', 'At most 100 characters.'],
  ['String should have at least 1 character', 'At least 1 character.'],
  ['List should have at most 20 items', ''],
];
for (const [message, shown] of LENGTHS) {
  test(`a form shows "${message}" as "${shown || message}."`, () => {
    const errors = [{ field: 'password', code: 'too_long', message }];
    const refusal = new Refused(422, { code: 'invalid', errors });

    assert.deepEqual(fieldProblems(refusal), { password: shown || `${message}.` });
  });
}
