// What the pages say on which a program asks to be let in.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  askedText,
  asksText,
  returnText,
  titleText,
} from '../../../web/views/pages/oauth/consent_texts.js';
import { READER } from './support/reader.js';

test('the name of a program is in quotes', () => {
  assert.equal(titleText('Planner'), 'Let “Planner” in?');
});

test('a page says what a program asks for, and that it is an assistant', () => {
  assert.equal(asksText('read', false), 'It asks to see your lists and todos.');
  assert.equal(
    asksText('write', true),
    'It asks, as an assistant, to see, change and delete your lists and todos.',
  );
  assert.match(asksText('admin', false), /administer this site as you may\.$/);
});

test('a page says where the user goes back to', () => {
  const program = { returns_to: 'program.example', is_on_this_device: false };
  assert.equal(returnText(program), 'You go back to program.example.');
  // A scheme looks like a host.
  assert.equal(
    returnText({ returns_to: 'example.com:', is_on_this_device: true }),
    'You go back to a program on this device (example.com:).',
  );
});

test('a page says when and from where a program on another device asked', () => {
  const asked = { address: '192.0.2.1', is_your_address: true };
  /** @param {number} minutes */
  const at = (minutes) => new Date(READER.now - minutes * 60_000).toISOString();
  assert.equal(
    askedText({ ...asked, created_at: at(0) }, READER),
    'It asked just now from 192.0.2.1, your network.',
  );
  assert.equal(
    askedText({ ...asked, created_at: at(5), is_your_address: false }, READER),
    'It asked 5 minutes ago from 192.0.2.1, another network than yours.',
  );
});
