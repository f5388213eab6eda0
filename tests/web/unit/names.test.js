// Names in the language of the page: of the Inbox, roles, devices, and the entries of the audit.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { actionName, factText } from '../../../web/views/pages/admin/audit_names.js';
import { auditSentence } from '../../../web/format/audit_sentences.js';
import { listName } from '../../../web/format/list_name.js';
import { setCatalogue } from '../../../web/languages/translate.js';

const GERMAN = {
  language: 'de',
  forms: ['one', 'other'],
  messages: {
    '“{text}”': '„{text}“',
    'Inbox': 'Eingang',
    'Viewer': 'Leser',
    'Editor': 'Bearbeiter',
    'Moderator': 'Moderator',
    'before': 'vorher',
    '{browser} on {system}': '{browser} auf {system}',
    'You signed out a device ({device}).': 'Gerät abgemeldet: {device}.',
    'Role of a member changed': 'Rolle eines Mitglieds geändert',
    'You made a mail address for the list “{name}”.': 'Mailadresse für „{name}“ angelegt.',
    'Your role in {list} was changed from {before} to {after}.':
      'Deine Rolle in {list} wurde von {before} in {after} geändert.',
  },
};

beforeEach(() => setCatalogue(GERMAN));
afterEach(() => setCatalogue(null));

/**
 * @param {string} action
 * @param {Record<string, unknown>} facts
 */
const entry = (action, facts) => ({
  id: 'e1',
  at: '2026-11-21T10:00:00Z',
  action,
  actor_id: 'ben',
  user_id: 'ana',
  list_id: 'l1',
  address: '',
  facts,
});

test('the Inbox has its name in the language of the page, other lists have their own', () => {
  assert.equal(listName({ name: 'Inbox', is_inbox: true }), 'Eingang');
  assert.equal(listName({ name: 'Inbox', is_inbox: false }), 'Inbox');
  assert.equal(listName({ name: 'Home' }), 'Home');
  assert.equal(listName(null), '');
});

test('the security log names roles and devices in the language of the page', () => {
  const changed = entry('member.role_changed', { before: 'viewer', after: 'editor' });
  const revoked = entry('session.revoked', { device: 'Firefox on Linux' });

  assert.equal(
    auditSentence(changed, 'ana', 'Home'),
    'Deine Rolle in „Home“ wurde von Leser in Bearbeiter geändert.',
  );
  assert.equal(auditSentence(revoked, 'ana', undefined), 'Gerät abgemeldet: Firefox auf Linux.');
});

test('the security log names the Inbox in the language of the page', () => {
  const made = entry('email_address.created', { name: 'Inbox' });

  assert.equal(auditSentence(made, 'ana', 'Eingang', true), 'Mailadresse für „Eingang“ angelegt.');
  assert.equal(auditSentence(made, 'ana', 'Home'), 'Mailadresse für „Inbox“ angelegt.');
});

test('the audit of the site has actions and facts in words; what it does not know stays', () => {
  assert.equal(actionName('member.role_changed'), 'Rolle eines Mitglieds geändert');
  assert.equal(actionName('robot.hired'), 'robot.hired');
  assert.equal(factText('before', 'viewer'), 'vorher: Leser');
  assert.equal(factText('before', 'Ana'), 'vorher: Ana');
  assert.equal(factText('token_id', '06g'), 'token_id: 06g');
});
