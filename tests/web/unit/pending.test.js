// Pending mutations: shown at once over the confirmed state, and settled by their events.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ADD, mutation } from './support/mutations.js';
import {
  COMMENT,
  FOLDER,
  frame,
  LABEL,
  LATER_NOTIFICATION,
  LIST,
  loadedState,
  OWN_LABEL,
  REMINDER,
  TODO,
  valueAt,
} from './support/sample.js';
import { EFFECTS, isSettled, replay } from '../../../web/sync/pending.js';
import { reduce } from '../../../web/sync/reducer.js';
import { PLAIN } from '../../../web/sync/requests.js';
import { REQUESTS } from '../../../web/sync/requests.js';

/** @import { MutationKind, MutationOf } from '../../../web/types/client.d.ts' */

const CONTENT = `contents.${LIST.id}`;
const SHOWN_TODO = `${CONTENT}.todos.${TODO.id}`;
const THREAD = `${CONTENT}.comments.${TODO.id}.byId`;

/**
 * A mutation of each kind, the path at which it shows, and what is there then.
 * @type {{[Kind in MutationKind]: [MutationOf<Kind>, string, unknown]}}
 */
const EFFECT_CASES = {
  'todo.add': [ADD, `${CONTENT}.todos.new:1.title`, 'Find boxes'],
  'todo.edit': [
    mutation('todo.edit', { changes: { title: 'Call' } }),
    `${SHOWN_TODO}.title`,
    'Call',
  ],
  'todo.complete': [mutation('todo.complete'), `${SHOWN_TODO}.status`, 'completed'],
  'todo.skip': [mutation('todo.skip'), `${SHOWN_TODO}.ending`, 'skipped'],
  'todo.reopen': [
    mutation('todo.reopen', {
      before: { status: 'in_progress', due: null, due_at: null, repeat: null },
    }),
    `${SHOWN_TODO}.status`,
    'in_progress',
  ],
  'todo.delete': [mutation('todo.delete'), SHOWN_TODO, null],
  'todo.restore': [
    mutation('todo.restore', { todos: [{ ...TODO, id: 'gone' }] }),
    `${CONTENT}.todos.gone.title`,
    TODO.title,
  ],
  'todo.duplicate': [
    mutation('todo.duplicate', { temp_id: 'new:6' }),
    `${CONTENT}.todos.new:6.title`,
    TODO.title,
  ],
  'todo.bulk': [
    mutation('todo.bulk', { todo_ids: [TODO.id], changes: { priority: 3 } }),
    `${SHOWN_TODO}.priority`,
    3,
  ],
  'todo.move': [mutation('todo.move'), `${SHOWN_TODO}.list_id`, LIST.id],
  'change.undo': [
    mutation('change.undo', { undoes: 'k', todos: [{ ...TODO, id: 'moved' }] }),
    `${CONTENT}.todos.moved.title`,
    TODO.title,
  ],
  'comment.add': [
    mutation('comment.add', { temp_id: 'new:2', body: 'Yes' }),
    `${THREAD}.new:2.body`,
    'Yes',
  ],
  'comment.edit': [
    mutation('comment.edit', { comment_id: COMMENT.id, body: 'No' }),
    `${THREAD}.${COMMENT.id}.body`,
    'No',
  ],
  'comment.react': [
    mutation('comment.react', { comment_id: COMMENT.id, emoji: '👍', on: true }),
    `${THREAD}.${COMMENT.id}.reactions.0.emoji`,
    '👍',
  ],
  'comment.delete': [
    mutation('comment.delete', { comment_id: COMMENT.id }),
    `${THREAD}.${COMMENT.id}`,
    null,
  ],
  'label.add': [
    mutation('label.add', { temp_id: 'new:3', fields: { name: 'buy', colour: 'red' } }),
    `${CONTENT}.labels.new:3.name`,
    'buy',
  ],
  'label.edit': [
    mutation('label.edit', { label_id: LABEL.id, changes: { name: 'phone' } }),
    `${CONTENT}.labels.${LABEL.id}.name`,
    'phone',
  ],
  'label.delete': [
    mutation('label.delete', { label_id: LABEL.id }),
    `${CONTENT}.labels.${LABEL.id}`,
    null,
  ],
  'list.add': [
    mutation('list.add', { temp_id: 'new:9', fields: { name: 'Cabin', colour: 'red', icon: '' } }),
    'lists.new:9.name',
    'Cabin',
  ],
  'list.edit': [
    mutation('list.edit', { changes: { name: 'Flat' } }),
    `lists.${LIST.id}.name`,
    'Flat',
  ],
  'list.place': [
    mutation('list.place', { changes: { favourite: true } }),
    `lists.${LIST.id}.placement.favourite`,
    true,
  ],
  'list.view': [
    mutation('list.view', { view: { ...PLAIN, sort: 'due' } }),
    `lists.${LIST.id}.view.sort`,
    'due',
  ],
  'folder.add': [
    mutation('folder.add', { temp_id: 'new:5', fields: { name: 'Work' } }),
    'folders.new:5.name',
    'Work',
  ],
  'folder.edit': [
    mutation('folder.edit', { folder_id: FOLDER.id, changes: { name: 'Work' } }),
    `folders.${FOLDER.id}.name`,
    'Work',
  ],
  'own-label.add': [
    mutation('own-label.add', { temp_id: 'new:6', fields: { name: 'soon', colour: 'red' } }),
    'personalLabels.new:6.name',
    'soon',
  ],
  'own-label.edit': [
    mutation('own-label.edit', { label_id: OWN_LABEL.id, changes: { name: 'later' } }),
    `personalLabels.${OWN_LABEL.id}.name`,
    'later',
  ],
  'own-label.delete': [
    mutation('own-label.delete', { label_id: OWN_LABEL.id }),
    `personalLabels.${OWN_LABEL.id}`,
    null,
  ],
  'todo.label': [
    mutation('todo.label', { todos: [{ todo_id: TODO.id, personal_labels: [] }] }),
    `labelled.${TODO.id}`,
    null,
  ],
  'folder.delete': [
    mutation('folder.delete', { folder_id: FOLDER.id }),
    `folders.${FOLDER.id}`,
    null,
  ],
  'reminder.add': [
    mutation('reminder.add', { temp_id: 'new:4', fields: { minutes_before: 10 } }),
    'reminders.new:4.minutes_before',
    10,
  ],
  'reminder.snooze': [
    mutation('reminder.snooze', { reminder_id: REMINDER.id, until: '2026-11-22T12:00:00Z' }),
    `reminders.${REMINDER.id}.fires_at`,
    '2026-11-22T12:00:00Z',
  ],
  'reminder.delete': [
    mutation('reminder.delete', { reminder_id: REMINDER.id }),
    `reminders.${REMINDER.id}`,
    null,
  ],
  'notification.read': [
    mutation('notification.read', { through: LATER_NOTIFICATION.id }),
    'notifications.unread',
    0,
  ],
};

test('every kind of mutation has an effect, a request and a case here', () => {
  const kinds = Object.keys(EFFECT_CASES).sort();

  assert.deepEqual(Object.keys(EFFECTS).sort(), kinds);
  assert.deepEqual(Object.keys(REQUESTS).sort(), kinds);
});

for (const [kind, [change, path, expected]] of Object.entries(EFFECT_CASES)) {
  test(`a pending ${kind} shows at once and leaves the confirmed state alone`, () => {
    const state = loadedState();
    const before = JSON.stringify(state);

    const shown = replay(state, [change]);

    assert.deepEqual(valueAt(shown, path), expected);
    assert.equal(JSON.stringify(state), before);
  });
}

test('a mutation whose todo is gone shows nothing and breaks nothing', () => {
  const kinds = /** @type {const} */ (['todo.edit', 'todo.complete', 'todo.delete', 'todo.move']);
  const changes = kinds.map((kind) => ({ ...EFFECT_CASES[kind][0], todo_id: 'nowhere' }));

  const shown = replay(loadedState(), changes);

  assert.deepEqual([...shown.contents[LIST.id].todos].map(({ id }) => id), [TODO.id]);
});

test('a repeat that is set where the date is gone shows no series', () => {
  const gone = frame('todo.edited', { todo: { ...TODO, due: null }, changed: ['due'] });
  const repeat = { rule: 'FREQ=DAILY', anchor: { date: '2026-12-01' } };

  const shown = replay(reduce(loadedState(), gone), [
    mutation('todo.edit', { changes: { repeat } }),
  ]);

  assert.equal(shown.contents[LIST.id].todos.get(TODO.id)?.repeat, null);
});

const STREAMS = { a: { epoch: 'e1', seq: 5 } };
const EDIT = mutation('todo.edit');
const NO_KEYS = new Set();

test('a mutation settles at its event', () => {
  assert.equal(isSettled(EDIT, STREAMS, NO_KEYS), false);
  assert.equal(isSettled(EDIT, STREAMS, new Set([EDIT.key])), true);
});

/** @type {[string, string, number, boolean][]} */
const POSITIONS = [
  ['a', 'e1', 6, false],
  ['a', 'e1', 5, true],
  // A stream that is not followed, and a history that was replaced: no event will come.
  ['b', 'e1', 99, true],
  ['a', 'e0', 99, true],
];
for (const [list, epoch, seq, settled] of POSITIONS) {
  const status = settled ? 'settled' : 'pending';
  test(`a mutation answered with ${list}:${epoch}:${seq} is ${status} at a:e1:5`, () => {
    const answered = { ...EDIT, positions: [{ list, epoch, seq }] };

    assert.equal(isSettled(answered, STREAMS, NO_KEYS), settled);
  });
}

test('a move has events in two streams, and does not settle at one of them', () => {
  const move = mutation('todo.move');

  assert.equal(isSettled(move, STREAMS, new Set([move.key])), false);
});
