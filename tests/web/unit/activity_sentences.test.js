// What the activity says of entries, and of what an undo does not bring back.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { activitySentences, undoNotice } from '../../../web/views/activity/activity_sentences.js';
import { READER } from './support/reader.js';

/** @param {any} fields @returns {any} */
const entry = (fields) => ({ title: 'Milk', changes: [], ended: null, ...fields });
const NAMES = { person: String, label: String, list: String };

test('a new icon of a list is not called a colour', () => {
  const changes = [{ field: 'icon', before: '', after: '🏠' }];
  const said = activitySentences(entry({ event: 'list.edited', changes }), NAMES, READER);
  assert.deepEqual(said, ['Changed the icon of the list']);
});

test('the undo of a deleted comment says what does not come back', () => {
  const added = entry({ event: 'comment.added' });
  assert.equal(undoNotice([added]), '');
  assert.match(undoNotice([added, entry({ event: 'comment.deleted' })]), /not its reactions/);
});
