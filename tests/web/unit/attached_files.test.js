// When a file counts as removed: not while the files of its todo are unknown.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ATTACHMENT, LIST, LIST_SNAPSHOT, loadedState, TODO } from './support/sample.js';
import { openThread, takeListSnapshot, takeThread } from '../../../web/sync/state.js';
import { isRemoved } from '../../../web/views/attachments/file_actions.js';

/** @import { State } from '../../../web/types/client.d.ts' */

/** @param {State} state */
const isGone = (state) => isRemoved(state, LIST.id, TODO.id, ATTACHMENT);

/** @param {number} count of the files that the todo has */
const snapshotWith = (count) =>
  takeListSnapshot(loadedState(), {
    ...LIST_SNAPSHOT,
    todos: [{ ...TODO, attachment_count: count }],
  });

test('a file is removed once the files of its todo are loaded without it', () => {
  assert.equal(isGone(loadedState()), false);

  const fetching = openThread(snapshotWith(1), 'attachments', LIST.id, TODO.id);

  assert.equal(isGone(snapshotWith(1)), false, 'a new snapshot has no files');
  assert.equal(isGone(fetching), false);
  assert.equal(isGone(takeThread(fetching, 'attachments', LIST.id, TODO.id, [])), true);
});

test('a file is removed if its todo has none, or is deleted', () => {
  const without = takeListSnapshot(loadedState(), { ...LIST_SNAPSHOT, todos: [] });

  assert.equal(isGone(snapshotWith(0)), true);
  assert.equal(isGone(without), true);
  assert.equal(isGone({ ...without, contents: {} }), false, 'the list is not loaded');
});
