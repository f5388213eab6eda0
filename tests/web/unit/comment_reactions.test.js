// What a reaction shows before the server has confirmed it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withReaction } from '../../../web/sync/threads/comment_effects.js';

const THUMBS = [{ emoji: '👍', user_ids: ['ana', 'ben'] }];

test('a reaction is added to its emoji, or with a new one at the end', () => {
  assert.deepEqual(withReaction(THUMBS, '👍', 'cleo', true), [
    { emoji: '👍', user_ids: ['ana', 'ben', 'cleo'] },
  ]);
  assert.deepEqual(withReaction(THUMBS, '🎉', 'ana', true), [
    ...THUMBS,
    { emoji: '🎉', user_ids: ['ana'] },
  ]);
});

test('the last reaction takes its emoji away', () => {
  const one = withReaction(THUMBS, '👍', 'ana', false);

  assert.deepEqual(one, [{ emoji: '👍', user_ids: ['ben'] }]);
  assert.deepEqual(withReaction(one, '👍', 'ben', false), []);
});

test('what is there already, or is not, changes nothing', () => {
  assert.equal(withReaction(THUMBS, '👍', 'ben', true), THUMBS);
  assert.equal(withReaction(THUMBS, '🎉', 'ben', false), THUMBS);
});
