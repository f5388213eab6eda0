// What the activity says of entries, and of what an undo does not bring back.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { activitySentences } from '../../../web/views/activity/activity_sentences.js';
import { refusalSentence, undoNotice } from '../../../web/views/activity/undo_sentences.js';
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

const ANA = { id: 'a', name: 'Ana' };
const BEN = { id: 'b', name: 'Ben' };

/** @param {any} fields */
const said = (fields) => activitySentences(entry({ actor: ANA, ...fields }), NAMES, READER)[0];

test('a reaction and its withdrawal are told apart', () => {
  const event = 'comment.reacted';
  assert.equal(
    said({ event, changes: [{ field: 'reaction', before: null, after: '👍' }] }),
    'Reacted with 👍 to a comment on “Milk”',
  );
  assert.equal(
    said({ event, changes: [{ field: 'reaction', before: '👍', after: null }] }),
    'Took back 👍 from a comment on “Milk”',
  );
  assert.equal(said({ event }), 'Changed a reaction to a comment on “Milk”');
});

test('a change of access says who did what to whom', () => {
  const changes = [{ field: 'role', before: 'owner', after: 'viewer' }];
  assert.equal(
    said({ event: 'member.edited', subject: BEN, changes }),
    'Changed the role of Ben from Owner to Viewer',
  );
  assert.equal(said({ event: 'member.edited', subject: BEN }), 'Changed the role of Ben');
  assert.equal(said({ event: 'member.added', subject: ANA }), 'Joined the list');
  assert.equal(said({ event: 'member.added', subject: BEN }), 'Took Ben into the list again');
  assert.equal(
    said({ event: 'member.removed', subject: BEN, reason: 'removed' }),
    'Removed Ben from the list',
  );
  assert.equal(said({ event: 'member.removed', subject: ANA, reason: 'left' }), 'Left the list');
});

test('the undo of a change of access says what does not come back', () => {
  /** @param {any} fields */
  const notice = (fields) => undoNotice([entry({ actor: ANA, ...fields })]);
  assert.match(
    notice({ event: 'member.removed', subject: BEN }),
    /200 assigned todos.*not bring back reminders/,
  );
  assert.match(notice({ event: 'member.added', subject: ANA }), /need an invitation/);
  assert.equal(notice({ event: 'member.added', subject: BEN }), '');
  const changes = [{ field: 'role', before: 'owner', after: 'viewer' }];
  assert.match(notice({ event: 'member.edited', subject: BEN, changes }), /not the invitations/);
});

test('what was attached and removed is named, as long as its name is known', () => {
  const subject = { id: 'f', name: 'plan.png' };
  assert.equal(said({ event: 'attachment.added', subject }), 'Attached “plan.png” to “Milk”');
  assert.equal(said({ event: 'attachment.removed', subject }), 'Removed “plan.png” from “Milk”');
  assert.equal(
    said({ event: 'attachment.removed', subject: { id: 'f', name: '' } }),
    'Removed a file from “Milk”',
  );
});

test('a refusal names what was changed again since', () => {
  const refused = { refusal: 'changed_since', refused_fields: ['title', 'due'] };
  assert.equal(
    refusalSentence(entry({ event: 'todo.edited', ...refused })),
    'It cannot be undone. Changed again since: title, due date.',
  );
  const unnamed = { refusal: 'changed_since', refused_fields: [] };
  assert.match(refusalSentence(entry({ event: 'label.created', ...unnamed })), /changed again/);
});

test('what is not undone here says where it is', () => {
  const sentence = (/** @type {string} */ event) =>
    refusalSentence(entry({ event, refusal: 'elsewhere', refused_fields: [] }));
  assert.equal(sentence('list.deleted'), 'A list in the trash is restored there.');
  assert.equal(sentence('list.restored'), 'To undo this, move the list to the trash.');
});
