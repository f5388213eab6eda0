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

const LABELS = [{ id: 'L1', name: 'Home' }];

/** @type {[string, string, Due | null, number][]} */
const CASES = [
  ['Call Ben tomorrow 9:00 !4', 'Call Ben', inBerlin('2026-11-22T09:00:00'), 4],
  ['Bins today', 'Bins', { date: '2026-11-21' }, 0],
  ['Gym mon at 6pm', 'Gym', inBerlin('2026-11-23T18:00:00'), 0],
  ['Review next week', 'Review', { date: '2026-11-23' }, 0],
  ['Read 9:00 to 5', 'Read 9:00 to 5', null, 0],
  ['tomorrow', 'tomorrow', null, 0],
  ['Buy Sunday roast !9', 'Buy Sunday roast !9', null, 0],
  ['Black Friday shopping list', 'Black Friday shopping list', null, 0],
  ['Plan Black Friday', 'Plan Black Friday', null, 0],
  ['watch The Today Show', 'watch The Today Show', null, 0],
  ['Today Show tickets', 'Today Show tickets', null, 0],
  ['Not today', 'Not today', null, 0],
  ['Where she sat', 'Where she sat', null, 0],
  ['Call tomorrow 25:00', 'Call tomorrow 25:00', null, 0],
  ['Call tomorrow 9:75', 'Call tomorrow 9:75', null, 0],
  ['Call tomorrow 13pm', 'Call tomorrow 13pm', null, 0],
  ['Call 9:30 am tomorrow', 'Call', inBerlin('2026-11-22T09:30:00'), 0],
  ['9am tomorrow', '9am tomorrow', null, 0],
  ['tomorrow call Ben', 'call Ben', { date: '2026-11-22' }, 0],
  ['Friday 9:00 dentist', 'dentist', inBerlin('2026-11-27T09:00:00'), 0],
  ['Report by friday', 'Report', { date: '2026-11-27' }, 0],
  ['Do it today or tomorrow', 'Do it today or tomorrow', null, 0],
  ['!2 #home', '!2 #home', null, 0],
  ['Buy sun cream', 'Buy sun cream', null, 0],
  ['Lie in the sun', 'Lie in the sun', null, 0],
  ['Pay Tom 10 euros', 'Pay Tom 10 euros', null, 0],
  ['Dinner with Tom', 'Dinner with Tom', null, 0],
  ['Run sun 7am !2', 'Run', inBerlin('2026-11-22T07:00:00'), 2],
  ['Swim on wed', 'Swim', { date: '2026-11-25' }, 0],
  ['Swim thu', 'Swim', { date: '2026-11-26' }, 0],
  ['Rent every second tuesday 18:00', 'Rent every second tuesday 18:00', null, 0],
  ['Bins each mon', 'Bins each mon', null, 0],
  ['Ring every guest tomorrow', 'Ring every guest', { date: '2026-11-22' }, 0],
];
for (const [text, title, due, priority] of CASES) {
  test(`"${text}" becomes a todo "${title}"`, () => {
    const found = parseQuickAdd(text, { ...READER, labels: LABELS });

    assert.deepEqual([found.title, found.due, found.priority], [title, due, priority]);
  });
}

/** @type {[string, string, string | null][]} */
const REMINDERS = [
  ['remind me tomorrow 8am to call', 'call', '2026-11-22T07:00:00.000Z'],
  ['Remind me to call Ben on Friday at 9:00', 'call Ben', '2026-11-27T08:00:00.000Z'],
  ['remind me tomorrow to call', 'call', '2026-11-22T08:00:00.000Z'],
  ['remind me today 8am to call', 'remind me today 8am to call', null],
  ['remind me to call', 'remind me to call', null],
];
for (const [text, title, at] of REMINDERS) {
  test(`"${text}" sets ${at ? 'a' : 'no'} reminder`, () => {
    const found = parseQuickAdd(text, { ...READER, labels: [] });

    assert.equal(found.title, title);
    assert.equal(found.remindAt && new Date(found.remindAt).toISOString(), at);
    assert.equal(found.due, null);
  });
}

test('a label of the list is taken, and another one stays in the title until it is wanted', () => {
  const text = 'Buy milk #home #shop';
  const before = parseQuickAdd(text, { ...READER, labels: LABELS });
  const after = parseQuickAdd(text, { ...READER, labels: LABELS, wanted: new Set(['#shop']) });

  assert.deepEqual([before.title, before.labels], ['Buy milk #shop', ['L1']]);
  assert.deepEqual([before.unknownLabels, before.newLabels], [['#shop'], []]);
  assert.deepEqual([after.title, after.newLabels], ['Buy milk', ['shop']]);
});

test('a label that is yet to be made may follow the day', () => {
  const found = parseQuickAdd('Buy milk tomorrow 9:00 #shop !2', { ...READER, labels: LABELS });

  assert.equal(found.title, 'Buy milk #shop');
  assert.deepEqual(found.due, { at: '2026-11-22T09:00:00', zone: READER.zone });
  assert.deepEqual([found.unknownLabels, found.priority], [['#shop'], 2]);
});

test('the words of a refused reading return to the title', () => {
  const text = 'Call Ben tomorrow 9:00 !3 #home';
  const { readings } = parseQuickAdd(text, { ...READER, labels: LABELS });
  const refused = new Set(readings.map(({ words }) => words));

  const found = parseQuickAdd(text, { ...READER, labels: LABELS, refused });

  assert.deepEqual([...refused].sort(), ['!3', '#home', 'tomorrow 9:00']);
  assert.equal(found.title, text);
  assert.deepEqual([found.due, found.priority, found.labels], [null, 0, []]);
});
