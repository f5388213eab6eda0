// Overwrites: when an edit replaced one it had not seen, both writers are notified once.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { mutation } from './support/mutations.js';
import { READER } from './support/reader.js';
import { frame, TODO } from './support/sample.js';
import { EMPTY_TODO } from '../../../web/sync/empty_todo.js';
import { overwriteText } from '../../../web/format/overwrites.js';
import { OverwriteDetector } from '../../../web/store/overwrites.js';

/** @import { TodoShape } from '../../../web/types/contract.d.ts' */
/** @import { MutationOf } from '../../../web/types/client.d.ts' */

const REPEAT = {
  rule: 'FREQ=DAILY',
  counts_from: 'schedule',
  anchor: { date: '2026-11-21' },
  occurrence: 2,
  day: '2026-11-22',
  left: null,
};

/**
 * Return a function that lets the detector of user `me` see an edit by another user or by `me`.
 * `overwrote`: values that the editor had not seen; `own`: the mutation, if it was made here.
 */
function detector() {
  const overwrites = new OverwriteDetector();
  /**
   * @param {string} id
   * @param {Partial<TodoShape>} fields
   * @param {{overwrote?: Record<string, unknown> | null, own?: MutationOf<'todo.edit'>}} [details]
   */
  return (id, fields, { overwrote = null, own } = {}) => {
    const changed = Object.keys(fields);
    const event = frame('todo.edited', { todo: { ...TODO, ...fields }, changed, overwrote });
    const actor = { id, name: id.toUpperCase() };
    return overwrites.handleEvent({ ...event, actor }, { me: 'me', own });
  };
}

test('a user who overwrote an unseen value learns whose it was', () => {
  const edit = detector();
  const value = { date: '2026-12-24' };
  edit('ben', { due: value });
  const own = mutation('todo.edit', { changes: { due: null }, saw: { date: '2026-12-01' } });

  const overwrites = edit('me', { due: null }, { overwrote: { due: value }, own });

  assert.deepEqual(overwrites, [
    { author: 'other', todoId: TODO.id, field: 'due', value, name: 'BEN' },
  ]);
  assert.deepEqual(overwriteText(overwrites[0], READER), {
    text: 'BEN had changed the due date meanwhile (theirs: 24 Dec). Yours was kept.',
    action: 'Use theirs',
  });
});

test('a user whose value was overwritten learns by whom', () => {
  const edit = detector();
  edit('me', { title: 'Mine' });

  const overwrites = edit('ben', { title: 'His' }, { overwrote: { title: 'Mine' } });

  assert.deepEqual(overwrites, [
    { author: 'me', todoId: TODO.id, field: 'title', value: 'Mine', name: 'BEN' },
  ]);
  assert.deepEqual(overwriteText(overwrites[0], READER), {
    text: 'BEN changed the title without having seen yours: “Mine”.',
    action: 'Use mine',
  });
});

test('an overwrite of a seen value, of an own value or between others is not reported', () => {
  const edit = detector();
  /** @param {string} title */
  const own = (title) => mutation('todo.edit', { changes: { title }, saw: 'Old' });

  const reported = [
    // What was overwritten is what was seen: the server merely no longer knows the events since.
    edit('me', { title: 'New' }, { overwrote: { title: 'Old' }, own: own('New') }),
    // Two edits of this user, made while offline.
    edit('me', { title: 'Newer' }, { overwrote: { title: 'New' }, own: own('Newer') }),
    // From another device of this user.
    edit('me', { title: 'Newest' }, { overwrote: { title: 'Newer' } }),
    // Between others; the value of this user was gone before.
    edit('ben', { title: 'His' }),
    edit('cleo', { title: 'Hers' }, { overwrote: { title: 'His' } }),
  ];

  assert.deepEqual(reported.flat(), []);
});

test('the creation of a todo overwrites nothing', () => {
  const created = frame('todo.created', { todo: TODO });

  const found = new OverwriteDetector().handleEvent(created, { me: 'me', own: undefined });

  assert.deepEqual(found, []);
});

/** @type {[string, unknown, string][]} */
const OFFERED_BACK = [
  ['description', '', 'empty'],
  ['title', 'a '.repeat(60), `“${'a '.repeat(30).trim()}…”`],
  ['due', { at: '2026-11-22T09:00:00', zone: 'Europe/Berlin' }, 'tomorrow 9:00'],
  ['due', null, 'none'],
  ['priority', 5, 'urgent'],
  ['assignees', ['a', 'b'], 'A, B'],
  ['status', 'in_progress', 'in progress'],
  [
    'repeat',
    {
      rule: 'FREQ=WEEKLY;BYDAY=TU',
      counts_from: 'schedule',
      anchor: { date: '2026-11-24' },
    },
    'every Tuesday',
  ],
];
for (const [field, value, words] of OFFERED_BACK) {
  test(`the value ${JSON.stringify(value)} of ${field} is offered back as "${words}"`, () => {
    const overwrite = { author: /** @type {const} */ ('me'), name: 'Ben', field, value };

    const { text } = overwriteText(overwrite, READER, (id) => id.toUpperCase());

    // Versions of Intl differ in the leading zero of British hours.
    assert.ok(text.replace(' 09:', ' 9:').endsWith(` seen yours: ${words}.`), text);
  });
}

/** Values that may have been replaced, one at least for each field that an edit can change. */
const REPLACED = {
  title: ['Old', ''],
  description: ['Old', ''],
  status: ['in_progress', 'completed'],
  priority: [0, 5, 9],
  metadata: [{}, { colour: 'red', size: { width: 3 } }],
  due: [null, { date: '2026-12-24' }, { at: '2026-12-24T09:00:00', zone: null }],
  repeat: [null, { ...REPEAT, counts_from: 'completion' }, REPEAT],
  assignees: [[], ['u1', 'gone']],
  labels: [[], ['l1']],
  parent_id: [null, 't1'],
  of_a_newer_server: [7, 0, true, { a: [1] }, ['x']],
};

test('a replaced value of every field is said in words', () => {
  const fields = Object.keys(EMPTY_TODO);
  assert.deepEqual(fields.filter((field) => !(field in REPLACED)), []);

  for (const [field, values] of Object.entries(REPLACED)) {
    for (const value of values) {
      const overwrite = { author: /** @type {const} */ ('other'), name: null, field, value };
      const { text } = overwriteText(overwrite, READER, () => null);
      assert.doesNotMatch(text, /undefined|null|NaN|\[object|theirs: \)/, `${field} ${text}`);
    }
  }
});
