// Names of labels, compared as the server does.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isNamed } from '../../../web/store/placement/label_names.js';

/** @type {[string, string, boolean][]} */
const CASES = [
  ['Call', ' call ', true],
  ['Straße', 'STRASSE', true],
  ['Ｓｈｏｐ', 'shop', true],
  ['ΟΔΟΣ', 'οδοσ', true],
  ['Café', 'Cafe', false],
  ['e-mail', 'email', false],
];
for (const [name, typed, isSame] of CASES) {
  test(`“${typed}” is ${isSame ? '' : 'not '}the name of the label “${name}”`, () => {
    assert.equal(isNamed([{ name }], typed), isSame);
  });
}
