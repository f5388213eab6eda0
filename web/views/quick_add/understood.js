// What quick add understood of the text in its field.

import { lineReader } from '../../quick_add/loading.js';
import { h } from '../base/dom.js';

/**
 * @import { Reading } from '../../quick_add/read.js'
 * @import { Draft, Reader } from '../../types/client.d.ts'
 */

/** @typedef {NonNullable<Draft['choices']>} Choices */

/**
 * Show the readings. Each reading of words can be refused: they return to the title.
 * @param {{readings: Reading[], left: string[]}} lines with those that are too many
 * @param {Reader} reader
 * @param {Choices} choices that were made
 * @param {boolean} isSub
 * @param {(more: Partial<Choices>) => void} choose
 */
export function understood({ readings, left }, reader, { refused, wanted }, isSub, choose) {
  const texts = lineReader();
  const choices = {
    refuse: (/** @type {string} */ words) => choose({ refused: [...refused, words] }),
    want: (/** @type {string} */ words) => choose({ wanted: [...wanted, words] }),
  };
  return h(
    'span',
    { key: 'parts', class: 'quick-parts' },
    texts && readings.length > 1
      ? h(
        'span',
        { key: 'count', class: 'quick-count' },
        texts.countText(readings.length, left.length, isSub),
      )
      : null,
    readings.map((reading, line) => texts?.chipsOf(reading, line, reader, choices)),
  );
}
