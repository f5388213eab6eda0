// The requests of mutations, and the positions in their answers.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parsePositions } from '../../../web/sync/requests.js';

test('positions are read from the header, those of a user stream too', () => {
  assert.deepEqual(parsePositions('abc:e1:7, user:xyz:e2:12'), [
    { list: 'abc', epoch: 'e1', seq: 7 },
    { list: 'user:xyz', epoch: 'e2', seq: 12 },
  ]);
});
