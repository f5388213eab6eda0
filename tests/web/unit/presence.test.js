// Presence: which users have a list open, what they are editing, and when this user's own is sent.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { user } from './support/builders.js';
import { editingText, shortEditingText } from '../../../web/format/presence.js';
import { Presence } from '../../../web/sync/presence.js';

/** @import { PersonHere } from '../../../web/types/contract.d.ts' */

/**
 * @param {string} id
 * @param {Record<string, unknown>} [state]
 * @returns {PersonHere}
 */
const here = (id, state = {}) => ({ user: { ...user(0, id.toUpperCase()), id }, state });

/**
 * Return a presence whose clock and timers belong to the test.
 * @param {string} visibleList
 */
function presenceIn(visibleList) {
  const scene = {
    now: 0,
    /** @type {any[]} */
    sent: [],
    /** @type {{work: () => void, ms: number}[]} */
    timers: [],
  };
  const presence = new Presence({
    send: (frame) => scene.sent.push(frame) > 0,
    onChange: () => {},
    now: () => scene.now,
    later: (work, ms) => scene.timers.push({ work, ms }),
  });
  presence.setVisibleList(visibleList);
  return { presence, scene };
}

test('frames become the users who have the list open', () => {
  const { presence } = presenceIn('l1');

  presence.receive({ type: 'presence', list: 'l1', users: [here('a'), here('b')] });
  presence.receive({ type: 'joined', list: 'l1', users: [here('b', { mood: 'calm' }), here('c')] });
  presence.receive({ type: 'left', list: 'l1', users: ['a'] });
  presence.receive({ type: 'joined', list: 'l2', users: [here('d')] });

  assert.deepEqual(presence.presentUsers, {
    l1: { b: here('b', { mood: 'calm' }), c: here('c') },
  });
  presence.closed();
  assert.deepEqual(presence.presentUsers, {});
});

test('editing is forgotten after a while, when its user leaves and when the change arrives', () => {
  const { presence, scene } = presenceIn('l1');
  presence.receive({ type: 'presence', list: 'l1', users: [here('a'), here('b')] });
  /** @param {string} id */
  const edit = (id) =>
    presence.receive({
      type: 'editing',
      list: 'l1',
      todo: 't1',
      field: 'title',
      user: here(id).user,
    });
  const editors = () => (presence.editors.t1 ?? []).map((editor) => editor.user.id);

  edit('a');
  edit('b');
  assert.deepEqual(editors(), ['a', 'b']);
  presence.removeEditor('t1', 'a');
  assert.deepEqual(editors(), ['b']);
  presence.receive({ type: 'left', list: 'l1', users: ['b'] });
  assert.deepEqual(editors(), []);
  edit('a');
  edit('a');
  scene.timers.at(-2)?.work();
  assert.deepEqual(editors(), ['a'], 'the second frame has a timer of its own');
  scene.timers.at(-1)?.work();
  assert.deepEqual(editors(), []);
  assert.equal(scene.timers[0].ms, 5000);
});

test('editing is sent every few seconds, and only while another user has the list open', () => {
  const { presence, scene } = presenceIn('l1');
  presence.receive({ type: 'presence', list: 'l1', users: [here('me')] });

  presence.edit('t1', 'title');
  presence.receive({ type: 'joined', list: 'l1', users: [here('b')] });
  for (scene.now = 0; scene.now < 6000; scene.now += 100) presence.edit('t1', 'title');
  presence.edit('t1', 'description');
  presence.setVisibleList('l2');
  presence.setVisibleList('l2');
  presence.subscribed('l2');
  presence.setVisibleList(null);

  const sent = scene.sent.map(({ type, list, field, state }) => [
    type,
    list ?? field,
    state ?? null,
  ]);
  assert.deepEqual(sent, [
    ['presence', 'l1', {}],
    ['editing', 'title', null],
    ['editing', 'title', null],
    ['editing', 'title', null],
    ['editing', 'description', null],
    ['presence', 'l1', null],
    ['presence', 'l2', {}],
    ['presence', 'l2', {}],
    ['presence', 'l2', null],
  ]);
});

test('what users edit is one message, with or without the name', () => {
  /** @param {string} field */
  const ben = (field) => ({ user: user(2, 'Ben'), field });

  assert.equal(editingText([ben('title')]), 'Ben is editing the title…');
  assert.equal(editingText([ben('constructor')]), 'Ben is editing…');
  assert.equal(editingText([ben('title'), ben('comment')]), '2 people are editing…');
  assert.equal(shortEditingText([ben('comment')]), 'writing a comment…');
  assert.equal(shortEditingText([ben('title'), ben('comment')]), 'editing…');
});
