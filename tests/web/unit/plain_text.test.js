// The words of a Markdown text, and of a part of one that was cut.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { plainPart, plainText } from '../../../web/format/markdown/plain_text.js';

/** @type {[string, string, string][]} */
const TEXTS = [
  ['emphasis', 'Take the **big** and _old_ ~~van~~', 'Take the big and old van'],
  ['a link', 'See [the offer](https://example.org/x_y) first', 'See the offer first'],
  ['code', 'Run `make **it**`\n```sh\nmake all\n```', 'Run make **it** make all'],
  [
    'blocks',
    '# Plan\n\n> quoted\n\n- one\n- [x] two\n\n---\n3. three',
    'Plan quoted one two three',
  ],
  ['a mention', '@[01ARZ3NDEKTSV4RRFFQ69G5FAV] please', '@Ben please'],
  ['what is no mark', '2 * 3 * 4 and snake_case_name', '2 * 3 * 4 and snake_case_name'],
];

for (const [name, source, words] of TEXTS) {
  test(`of ${name} the words are left`, () => {
    assert.equal(plainText(source, () => 'Ben'), words);
  });
}

/** @type {[string, string][]} */
const PARTS = [
  ['…old** and [the offer](https://exam…', '…old and the offer…'],
  ['…the offer](https://example.org) of `make', '…the offer of make'],
  ['See [the off…', 'See the off…'],
  ['…**both** whole…', '…both whole…'],
  ['Whole ** text', 'Whole ** text'],
  ['…', '…'],
];

for (const [part, words] of PARTS) {
  test(`of the part “${part}” no mark is left`, () => {
    assert.equal(plainPart(part), words);
  });
}
