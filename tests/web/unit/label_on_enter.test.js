// Which label Enter means in the menu of labels.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { labelOnEnter } from '../../../web/store/placement/label_on_enter.js';

/** @type {(...names: string[]) => {id: string, name: string}[]} */
const named = (...names) => names.map((name) => ({ id: `id of ${name}`, name }));

test('a label of the user’s own does not become one of the list', () => {
  const own = named('divorce', 'ideas');

  for (const text of ['divorce', ' Divorce ', 'divo']) {
    assert.deepEqual(labelOnEnter(text, own, []), { id: 'id of divorce', isOwn: true });
  }
});

test('a complete name comes before what only contains the text', () => {
  const ofList = named('all calls', 'call');

  assert.deepEqual(labelOnEnter('call', [], ofList), { id: 'id of call', isOwn: false });
  assert.deepEqual(labelOnEnter('call', named('call mum'), ofList)?.isOwn, false);
});

test('the only label of the list is meant by its part, and many by none', () => {
  assert.deepEqual(labelOnEnter('ca', [], named('call')), { id: 'id of call', isOwn: false });
  assert.equal(labelOnEnter('ca', named('card', 'car'), named('call', 'cat')), null);
  assert.equal(labelOnEnter('new', named('car'), named('call')), null);
});

test('the name as it is typed comes before one that is only alike', () => {
  const ofList = named('email', 'e-mail', 'Café', 'Cafés');

  assert.equal(labelOnEnter('e-mail', [], ofList)?.id, 'id of e-mail');
  assert.equal(labelOnEnter('E-Mail', named('email'), ofList)?.id, 'id of e-mail');
  assert.equal(labelOnEnter('cafe', [], ofList)?.id, 'id of Café');
});

test('without a text, no label of the user’s own is meant', () => {
  assert.equal(labelOnEnter(' ', named('car'), []), null);
});
