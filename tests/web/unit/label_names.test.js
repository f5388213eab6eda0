// Names of labels, compared as the server does.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LIST } from './support/sample.js';
import { isNamed } from '../../../web/store/placement/label_names.js';
import { emptyState } from '../../../web/sync/state.js';
import { makeLabels } from '../../../web/views/quick_add/new_labels.js';

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

test('a line of quick add makes one label of names that the server takes for one', () => {
  const made = new Map();
  /** @type {string[]} */
  const names = [];
  const actions = { addLabel: (/** @type {string} */ _list, { name = '' }) => names.push(name) };
  const app = /** @type {any} */ ({ actions, store: { shown: emptyState() } });

  makeLabels(app, LIST.id, ['Straße', 'STRASSE'], made);
  makeLabels(app, LIST.id, ['strasse', 'Ｓｈｏｐ', 'shop'], made);

  assert.deepEqual(names, ['Straße', 'Ｓｈｏｐ']);
});
