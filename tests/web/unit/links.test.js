// Addresses in a text: where one begins and ends, and what is none.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addressAt } from '../../../web/format/links.js';

/** @type {[string, string[]][]} a text, and the addresses in it */
const CASES = [
  ['see https://example.org/a?b=c#d now', ['https://example.org/a?b=c#d']],
  ['(http://example.org).', ['http://example.org']],
  ['https://example.org/a_(b), yes', ['https://example.org/a_(b)']],
  ['HTTPS://Example.org/ä!', ['HTTPS://Example.org/ä']],
  ['https://a.example https://b.example', ['https://a.example', 'https://b.example']],
  ['**https://a.example/x_y_** `https://b.example`', [
    'https://a.example/x_y',
    'https://b.example',
  ]],
  ['javascript:alert(1) data:text/html,x example.org ftp://e.org xhttps://e.org', []],
  ['https:// and https://[', []],
  ['', []],
];
for (const [text, addresses] of CASES) {
  test(`the addresses of "${text}" are found`, () => {
    const found = Array.from(text, (_, at) => addressAt(text, at)).filter(Boolean);
    assert.deepEqual(found, addresses);
  });
}
