// Addresses in a comment: where one begins and ends, and what is none.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withLinks } from '../../../web/format/links.js';

const NO_LINKS =
  'javascript:alert(1) data:text/html,x example.org ftp://example.org xhttps://example.org';

/** @type {[string, (string | {href: string})[]][]} */
const CASES = [
  [
    'see https://example.org/a?b=c#d now',
    ['see ', { href: 'https://example.org/a?b=c#d' }, ' now'],
  ],
  ['(http://example.org).', ['(', { href: 'http://example.org' }, ').']],
  ['https://example.org/a_(b), yes', [{ href: 'https://example.org/a_(b)' }, ', yes']],
  ['HTTPS://Example.org/ä!', [{ href: 'HTTPS://Example.org/ä' }, '!']],
  [
    'https://a.example https://b.example',
    [{ href: 'https://a.example' }, ' ', { href: 'https://b.example' }],
  ],
  [NO_LINKS, [NO_LINKS]],
  ['https:// and https://[', ['https:// and https://[']],
  ['', []],
];
for (const [text, parts] of CASES) {
  test(`"${text}" is split at its addresses`, () => {
    assert.deepEqual(withLinks(text), parts);
  });
}
