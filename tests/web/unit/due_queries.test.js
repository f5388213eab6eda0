// Today and Upcoming: the open todos of all lists in use, by their due date in the reader's zone.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { idOf, list, myList, todo } from './support/builders.js';
import { READER } from './support/reader.js';
import { ACCOUNT_SNAPSHOT, LIST_SNAPSHOT } from './support/sample.js';
import { memoized } from '../../../web/store/memo.js';
import { todayTodos, upcomingDays } from '../../../web/store/due_queries.js';
import { searchTodos } from '../../../web/store/queries.js';
import { putTodo, takeAccountSnapshot, takeListSnapshot } from '../../../web/sync/state.js';
import { emptyState } from '../../../web/sync/state.js';

/** @import { Todo } from '../../../web/types/client.d.ts' */

const [HOUSE, CABIN] = [idOf(4), idOf(40)];
let number = 100;

/**
 * @param {string} title
 * @param {Partial<Todo>} fields
 */
const named = (title, fields) => todo({ id: idOf(number++), title, ...fields });

const TODOS = [
  named('late', { due: { date: '2026-11-20' } }),
  named('today', { due: { date: '2026-11-21' } }),
  named('at nine', { due: { at: '2026-11-21T09:00:00', zone: null }, list_id: CABIN }),
  named('tomorrow', { due: { date: '2026-11-22' }, list_id: CABIN }),
  // Late in the evening of the 21st in London, and the 22nd in Berlin.
  named('past midnight', {
    due: { at: '2026-11-21T23:30:00', zone: 'Europe/London' },
    due_at: '2026-11-21T23:30:00Z',
  }),
  named('done', { due: { date: '2026-11-21' }, status: 'completed' }),
  named('no date', {}),
];

/** Return the state with the todos in two lists. */
function stateOfTwoLists(cabin = {}) {
  const lists = [myList({ id: HOUSE }), myList({ id: CABIN, ...cabin })];
  const account = { ...ACCOUNT_SNAPSHOT, lists };
  return lists.reduce(
    (state, each) =>
      takeListSnapshot(state, {
        ...LIST_SNAPSHOT,
        stream: each.stream,
        list: each,
        todos: TODOS.filter(({ list_id: listId }) => listId === each.id),
      }),
    takeAccountSnapshot(emptyState(), account),
  );
}

/** @param {readonly Todo[]} todos */
const titles = (todos) => todos.map(({ title }) => title);

test('today has what is overdue and what is due, a time before a day without one', () => {
  const { overdue, today } = todayTodos(stateOfTwoLists(), READER);

  assert.deepEqual(titles(overdue), ['late']);
  assert.deepEqual(titles(today), ['at nine', 'today']);
});

test('upcoming has the days after today in the zone of the reader', () => {
  const days = upcomingDays(stateOfTwoLists(), READER);
  const london = upcomingDays(stateOfTwoLists(), { ...READER, zone: 'Europe/London' });

  const found = [days, london].map((each) => each.map(({ day, todos }) => [day, titles(todos)]));
  assert.deepEqual(found, [
    [['2026-11-22', ['past midnight', 'tomorrow']]],
    [['2026-11-22', ['tomorrow']]],
  ]);
});

test('a todo that gets another date is found under it', () => {
  const state = stateOfTwoLists();
  todayTodos(state, READER);

  const moved = putTodo(state, HOUSE, TODOS[0].id, { ...TODOS[0], due: { date: '2026-11-22' } });

  assert.deepEqual(titles(todayTodos(moved, READER).overdue), []);
  assert.deepEqual(titles(upcomingDays(moved, READER)[0].todos), [
    'past midnight',
    'late',
    'tomorrow',
  ]);
});

test('archived lists and lists in the trash are left out', () => {
  for (
    const changes of [{ archived_at: list({}).created_at }, { deleted_at: list({}).created_at }]
  ) {
    const { today } = todayTodos(stateOfTwoLists(changes), READER);

    assert.deepEqual(titles(today), ['today']);
  }
});

test('a search can be of one list', () => {
  const state = stateOfTwoLists();

  assert.deepEqual(titles(searchTodos(state, 'TO')).sort(), ['today', 'tomorrow']);
  assert.deepEqual(titles(searchTodos(state, 'to', { listId: CABIN })), ['tomorrow']);
  assert.deepEqual(searchTodos(state, ' '), []);
});

test('a search finds the spelling that was typed first, and open todos before', () => {
  const spellings = ['Café', 'cafe', 'CAFE'];
  const found = spellings.map((title, rank) => named(title, { list_id: HOUSE, rank: `a${rank}` }));
  found.push(named('Cafe', { list_id: HOUSE, rank: 'A', status: 'completed' }));
  const state = found.reduce(
    (before, each) => putTodo(before, HOUSE, each.id, each),
    stateOfTwoLists(),
  );

  assert.deepEqual(titles(searchTodos(state, 'Cafe')), ['cafe', 'CAFE', 'Café', 'Cafe']);
  assert.deepEqual(titles(searchTodos(state, 'CAFÉ')), ['Café', 'cafe', 'CAFE', 'Cafe']);
});

test('what was computed from an object is kept by it', () => {
  let count = 0;
  const size = memoized((/** @type {number[]} */ items) => {
    count += 1;
    return items.length;
  });
  const items = [1, 2];

  assert.deepEqual([size(items), size(items), size([1, 2])], [2, 2, 2]);
  assert.equal(count, 2);
});
