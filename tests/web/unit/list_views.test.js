// How the user looks at a list: which todos fit, in what order, in which groups.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { idOf, todo } from './support/builders.js';
import { READER } from './support/reader.js';
import { ACCOUNT_SNAPSHOT, LIST, LIST_SNAPSHOT } from './support/sample.js';
import { fitting } from '../../../web/store/list_views/fitting.js';
import { changesInto, groupsOf } from '../../../web/store/list_views/groups.js';
import { isPlain, withChoice, withFilter } from '../../../web/store/list_views/views.js';
import { PLAIN } from '../../../web/sync/requests.js';
import {
  emptyState,
  putTodo,
  takeAccountSnapshot,
  takeListSnapshot,
} from '../../../web/sync/state.js';

/**
 * @import { ListView, ViewFilter } from '../../../web/types/contract.d.ts'
 * @import { Todo } from '../../../web/types/client.d.ts'
 */

const [HOME, WORK] = ['label-home', 'label-work'];
let number = 100;

/** @param {string} title @param {Partial<Todo>} fields */
const named = (title, fields = {}) =>
  todo({ id: idOf(number), rank: `V${number++}`, title, ...fields });

const LATE = named('late', { due: { date: '2026-11-20' }, priority: 5, labels: [HOME] });
const NINE = named('nine', { due: { at: '2026-11-21T09:00:00', zone: null }, assignees: ['ben'] });
const TODAY = named('Today', { due: { date: '2026-11-21' }, labels: [HOME, WORK] });
const SOON = named('soon', { due: { date: '2026-11-27' }, status: 'in_progress' });
const FAR = named('far', { due: { date: '2026-11-28' }, priority: 1 });
const PLAIN_TODO = named('Zahler ablesen', { description: 'every meter' });
const DONE = named('done', { status: 'completed', labels: [HOME] });
const NOTHING = { labelled: {}, personalLabels: {} };
const TODOS = [LATE, NINE, TODAY, SOON, FAR, PLAIN_TODO, DONE];

/** @param {Todo[]} todos */
const stateOf = (todos) =>
  takeListSnapshot(takeAccountSnapshot(emptyState(), ACCOUNT_SNAPSHOT), {
    ...LIST_SNAPSHOT,
    todos,
  });

/** @param {ListView} view */
const titles = (view, state = stateOf(TODOS)) =>
  fitting(state.contents[LIST.id].todos, view, READER, state).open.map(({ title }) => title);

/** @param {Partial<ViewFilter>} filter */
const filtered = (filter) => titles(withFilter(PLAIN, filter));

test('each field of a filter chooses, and within a field one choice suffices', () => {
  assert.deepEqual(filtered({ due: 'overdue' }), ['late', 'nine']);
  assert.deepEqual(filtered({ due: 'today' }), ['nine', 'Today']);
  assert.deepEqual(filtered({ due: 'week' }), ['nine', 'Today', 'soon']);
  assert.deepEqual(filtered({ due: 'none' }), ['Zahler ablesen']);
  assert.deepEqual(filtered({ priorities: [1, 5] }), ['late', 'far']);
  assert.deepEqual(filtered({ statuses: ['in_progress'] }), ['soon']);
  assert.deepEqual(filtered({ labels: [WORK] }), ['Today']);
  assert.deepEqual(filtered({ labels: ['none'], due: 'week' }), ['nine', 'soon']);
  assert.deepEqual(filtered({ assignees: ['ben', 'none'], priorities: [0] }).length, 4);
  assert.deepEqual(filtered({ text: 'zähler METER' }), ['Zahler ablesen']);
});

test('finished todos are filtered too, and hidden open ones are counted', () => {
  const { todos } = stateOf(TODOS).contents[LIST.id];

  const found = fitting(todos, withFilter(PLAIN, { labels: [WORK] }), READER, NOTHING);

  assert.deepEqual([found.done.length, found.hidden], [0, 5]);
  assert.equal(fitting(todos, { ...PLAIN, sort: 'due' }, READER, NOTHING).done.length, 1);
});

test('each order is total, and todos without a due date come last', () => {
  const due = ['late', 'nine', 'Today', 'soon', 'far', 'Zahler ablesen'];
  assert.deepEqual(titles({ ...PLAIN, sort: 'due' }), due);
  assert.deepEqual(titles({ ...PLAIN, sort: 'priority' }).slice(0, 2), ['late', 'far']);
  assert.deepEqual(titles({ ...PLAIN, sort: 'title' })[0], 'far');
});

test('labels of the user’s own filter and sort, and a change of them is seen', () => {
  /** @param {string} id @param {string} name */
  const label = (id, name) => ({ id, name, colour: /** @type {const} */ ('red') });
  const state = {
    ...stateOf(TODOS),
    personalLabels: { a: label('a', 'Zebra'), b: label('b', 'ape') },
    labelled: { [FAR.id]: ['a'], [SOON.id]: ['a', 'b'] },
  };
  const view = withFilter(PLAIN, { labels: ['a'] });
  assert.deepEqual(titles(view, state), ['soon', 'far']);
  assert.deepEqual(titles({ ...PLAIN, sort: 'personal_label' }, state).slice(0, 3), [
    'soon',
    'far',
    'late',
  ]);
  const none = withFilter(PLAIN, { labels: ['none'], due: 'week' });
  assert.deepEqual(titles(none, state), ['nine']);

  assert.deepEqual(titles(view, { ...state, labelled: {} }), []);
});

test('an event moves one todo, and without one the rows are the same array', () => {
  const view = { ...PLAIN, sort: /** @type {const} */ ('due') };
  const before = stateOf(TODOS);
  const first = fitting(before.contents[LIST.id].todos, view, READER, before).open;

  const after = putTodo(before, LIST.id, FAR.id, { ...FAR, due: { date: '2026-11-19' } });

  assert.equal(fitting(before.contents[LIST.id].todos, { ...view }, READER, before).open, first);
  assert.equal(titles(view, after)[0], 'far');
});

test('an event in ten thousand todos costs a small part of filtering and sorting them', () => {
  const many = Array.from({ length: 10_000 }, (_, at) => named(`todo ${at}`, { priority: at % 6 }));
  /** @type {ListView} */
  const view = { ...withFilter(PLAIN, { priorities: [1, 2, 3] }), sort: 'priority' };
  let state = stateOf(many);
  const started = performance.now();
  assert.equal(titles(view, state).length, 5_001);
  const all = performance.now() - started;

  const times = Array.from({ length: 20 }, (_, turn) => {
    const began = performance.now();
    state = putTodo(state, LIST.id, many[turn].id, { ...many[turn], priority: 3 });
    fitting(state.contents[LIST.id].todos, view, READER, state);
    return performance.now() - began;
  });
  // The shortest of the times: a busy machine interrupts the others.
  const each = Math.min(...times);

  assert.ok(each < all / 3, `${each} ms for an event, ${all} ms for all`);
});

test('each todo is in one group, of which the empty ones are left out', () => {
  const open = TODOS.filter(({ status }) => status !== 'completed');
  const labels = [{ id: HOME, name: 'home' }, { id: WORK, name: 'work' }];
  const mine = { labelled: { [SOON.id]: ['b', 'a'] } };
  /** @param {'due' | 'label' | 'personal_label' | 'assignee'} group */
  const found = (group, names = labels) =>
    Object.fromEntries(
      groupsOf(open, group, names, READER, mine)
        .map(({ key, todos }) => [key, todos.map(({ title }) => title)]),
    );

  assert.deepEqual(found('due'), {
    overdue: ['late', 'nine'],
    today: ['Today'],
    week: ['soon'],
    later: ['far'],
    none: ['Zahler ablesen'],
  });
  assert.deepEqual(found('label')[HOME], ['late', 'Today']);
  assert.deepEqual(Object.keys(found('label')), [HOME, 'none']);
  const own = [{ id: 'a', name: 'asked' }, { id: 'b', name: 'busy' }];
  assert.deepEqual(found('personal_label', own).a, ['soon']);
  assert.deepEqual(Object.keys(found('personal_label', own)), ['a', 'none']);
  assert.deepEqual(found('assignee', [{ id: 'ben', name: 'Ben' }]).ben, ['nine']);
});

test('a drop in another group changes what groups, or nothing if no single value is meant', () => {
  /** @param {'due' | 'label' | 'assignee'} group @param {string} from @param {string} to */
  const changes = (group, from, to) => changesInto(TODAY, group, from, to, READER);

  assert.deepEqual(changes('label', HOME, 'none'), { labels: [WORK] });
  assert.deepEqual(changes('label', HOME, WORK), { labels: [WORK] });
  assert.deepEqual(changes('assignee', 'none', 'ben'), { assignees: ['ben'] });
  assert.deepEqual(changes('due', 'later', 'tomorrow'), { due: { date: '2026-11-22' } });
  assert.deepEqual(changes('due', 'later', 'none'), { due: null });
  assert.equal(changes('due', 'today', 'week'), null);
});

test('a choice is taken out by choosing it again, and a view without anything is plain', () => {
  assert.deepEqual(withChoice([], 5), [5]);
  assert.deepEqual(withChoice([5], 4), [5, 4]);
  assert.deepEqual(withChoice([5, 4], 5), [4]);
  assert.ok(!isPlain(withFilter(PLAIN, { priorities: [5] })));
  assert.ok(isPlain(withFilter(PLAIN, { priorities: [] })));
});
