// Quick add: it takes a word for a date, a time or a priority only where that is certain.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { READER } from './support/reader.js';
import { parseQuickAdd } from '../../../web/format/quick_add.js';

/** @import { Due } from '../../../web/types/client.d.ts' */

/**
 * @param {string} at
 * @returns {Due}
 */
const inBerlin = (at) => ({ at, zone: 'Europe/Berlin' });

/** @type {[string, string, Due | null, number][]} */
const CASES = [
  ['Call Ben tomorrow 9:00 !4', 'Call Ben', inBerlin('2026-11-22T09:00:00'), 4],
  ['Bins today', 'Bins', { date: '2026-11-21' }, 0],
  ['Gym mon at 6pm', 'Gym', inBerlin('2026-11-23T18:00:00'), 0],
  ['Review next week', 'Review', { date: '2026-11-23' }, 0],
  ['Read 9:00 to 5', 'Read 9:00 to 5', null, 0],
  ['tomorrow', 'tomorrow', null, 0],
  ['Buy Sunday roast !9', 'Buy roast !9', { date: '2026-11-22' }, 0],
  ['Buy sun cream', 'Buy sun cream', null, 0],
  ['Lie in the sun', 'Lie in the sun', null, 0],
  ['Pay Tom 10 euros', 'Pay Tom 10 euros', null, 0],
  ['Dinner with Tom', 'Dinner with Tom', null, 0],
  ['Run sun 7am !2', 'Run', inBerlin('2026-11-22T07:00:00'), 2],
  ['Swim wed', 'Swim', { date: '2026-11-25' }, 0],
  ['Rent every second tuesday 18:00', 'Rent every second tuesday 18:00', null, 0],
  ['Bins each mon', 'Bins each mon', null, 0],
  ['Ring every guest tomorrow', 'Ring every guest', { date: '2026-11-22' }, 0],
];
for (const [text, title, due, priority] of CASES) {
  test(`"${text}" becomes a todo "${title}"`, () => {
    assert.deepEqual(parseQuickAdd(text, { ...READER, labels: [] }), {
      title,
      due,
      priority,
      labels: [],
    });
  });
}
