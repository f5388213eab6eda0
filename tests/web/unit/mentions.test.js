// Mentions: the member that "@name" means, by first or whole name and in any case.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { offered, withIds } from '../../../web/format/mentions.js';

const MEMBERS = [
  { id: '1', name: 'Ada Lovelace' },
  { id: '2', name: 'Ben' },
  { id: '3', name: 'Åsa (Ops)' },
  { id: '4', name: 'Max Ek' },
  { id: '5', name: 'Max Berg' },
  // The same name twice: it means neither of them.
  { id: '6', name: 'Kim Ek' },
  { id: '7', name: 'Kim Ek' },
];

const SENT = [
  ['@Ada Lovelace look', '@[1] look'],
  ['@ada lovelace, @ADA: look', '@[1], @[1]: look'],
  ['@Bennington and ben@Ben.example', '@Bennington and ben@Ben.example'],
  ['(@Ben) @åsa (ops)!', '(@[2]) @[3]!'],
  ['@Max or @Max Berg?', '@Max or @[5]?'],
  ['@Benä', '@Benä'],
  ['https://example.org/@ben', 'https://example.org/@ben'],
  ['@Kim Ek', '@Kim Ek'],
];
for (const [text, sent] of SENT) {
  test(`"${text}" is sent as "${sent}"`, () => {
    assert.equal(withIds(text, MEMBERS), sent);
  });
}

const OFFERED = [
  ['ask @', '1234567'],
  ['ask @a', '13'],
  ['ask @asa', '3'],
  ['ask @be', '25'],
  ['@max b', '5'],
  ['@Ada Lovelace', ''],
  ['@Ada Lovelace ok', ''],
  ['a@b', ''],
];
for (const [text, ids] of OFFERED) {
  test(`for "${text}" the members offered are "${ids}"`, () => {
    assert.equal(offered(text, MEMBERS).users.map(({ id }) => id).join(''), ids);
  });
}
