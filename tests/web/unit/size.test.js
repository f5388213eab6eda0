// Sizes in the language of the reader, whatever the language of the browser is.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { attachment } from './support/builders.js';
import { READER } from './support/reader.js';
import { sizeText } from '../../../web/views/base/size.js';
import { aboutFile } from '../../../web/views/attachments/file_actions.js';

test('a size has the unit that suits it', () => {
  const sizes = [0, 512, 1_500, 15_300, 2_450_000, 3_000_000_000, 7e15];
  assert.deepEqual(sizes.map((size) => sizeText(size, 'en-GB')), [
    '0 byte',
    '512 byte',
    '1.5 kB',
    '15 kB',
    '2.5 MB',
    '3 GB',
    '7,000 TB',
  ]);
});

test('the size of a file is in the language of the reader', () => {
  const app = /** @type {any} */ ({ reader: { ...READER, locale: 'de-DE' } });
  assert.match(aboutFile(app, attachment({ size_bytes: 1_500_000 })), /^1,5 MB · Ben Okafor/);
});
