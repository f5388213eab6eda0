// The sentences of the security log.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ACTIONS, auditSentence } from '../../../web/format/audit_sentences.js';

/** @param {Record<string, unknown>} fields */
const entry = (fields) => ({
  id: 'e1',
  at: '2026-11-21T10:00:00Z',
  action: 'session.opened',
  actor_id: 'ana',
  user_id: 'ana',
  list_id: null,
  address: '',
  facts: {},
  ...fields,
});

test('a sign-in says how and on which device', () => {
  const facts = { method: 'password', device: 'Firefox on Linux' };

  assert.equal(
    auditSentence(entry({ facts }), 'ana', undefined),
    'You signed in with your password (Firefox on Linux).',
  );
  assert.equal(auditSentence(entry({}), 'ana', undefined), 'You signed in.');
});

test('what the reader did to others differs from what happened to the reader', () => {
  const removal = entry({ action: 'member.removed', user_id: 'ben', list_id: 'l1' });

  assert.equal(
    auditSentence(removal, 'ana', 'House move'),
    'You removed a member from “House move”.',
  );
  assert.equal(
    auditSentence(removal, 'ben', undefined),
    'You were removed from a list without a known name.',
  );
});

test('an action that this page does not know is named as it is', () => {
  assert.equal(
    auditSentence(entry({ action: 'robot.hired' }), 'ana', undefined),
    'robot hired.',
  );
});

test('without facts, as in entries of an older server, no sentence says undefined', () => {
  for (
    const action of ['session.opened', 'api_token.revoked', 'session.revoked', 'sign_in.failed']
  ) {
    assert.doesNotMatch(auditSentence(entry({ action }), 'ana', undefined), /undefined/);
  }
  assert.ok(ACTIONS.length > 30);
});
