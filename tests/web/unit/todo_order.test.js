// The orders of a list's todos: kept from change to change, they equal what sorting anew gives.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { idOf, todo } from './support/builders.js';
import { byRank } from '../../../web/sync/rank.js';
import { isOpen } from '../../../web/sync/state.js';
import { TodoMap } from '../../../web/sync/todo_map.js';
import { childrenOf, DONE, OPEN, RANKED, sorted } from '../../../web/sync/todo_order.js';

/** @import { Todo } from '../../../web/types/client.d.ts' */

const IDS = 60;
const CHANGES = 2_000;

/** Return numbers below 1 that are the same in every run (mulberry32). */
function randomNumbers(seed = 1) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * @param {() => number} random
 * @returns {Todo}
 */
function randomTodo(random) {
  /** @param {number} below */
  const number = (below) => Math.floor(random() * below);
  const id = number(IDS);
  const isDone = random() < 0.4;
  return todo({
    id: idOf(id),
    title: String(number(1e6)),
    // Few ranks and times, so that ids decide often.
    rank: `a${number(5)}`,
    status: isDone ? 'completed' : 'pending',
    completed_at: isDone ? `2026-11-0${1 + number(5)}` : null,
    parent_id: random() < 0.3 && id > 5 ? idOf(number(5)) : null,
  });
}

/** @param {TodoMap} todos */
function sortedAnew(todos) {
  const all = [...todos].sort(byRank);
  const top = all.filter((each) => !each.parent_id || !todos.has(each.parent_id));
  const finished = top.filter((each) => !isOpen(each)).sort((a, b) => {
    const [left, right] = [a.completed_at ?? '', b.completed_at ?? ''];
    return left === right ? (a.id < b.id ? -1 : 1) : left < right ? 1 : -1;
  });
  const children = all.filter(({ parent_id: parent }) => parent === idOf(1));
  return { all, open: top.filter(isOpen), finished, children };
}

/** @param {TodoMap} todos */
const kept = (todos) => ({
  all: sorted(todos, RANKED),
  open: sorted(todos, OPEN),
  finished: sorted(todos, DONE),
  children: childrenOf(todos, idOf(1)),
});

test('after every change the orders equal those of sorting anew', () => {
  const random = randomNumbers();
  let todos = TodoMap.of([]);
  let earlier = todos;

  for (let change = 0; change < CHANGES; change += 1) {
    const next = randomTodo(random);
    todos = random() < 0.3 ? todos.remove(next.id) : todos.put(next);
    // Some states are never asked about, and some are asked about again later.
    if (random() < 0.5) assert.deepEqual(kept(todos), sortedAnew(todos), `change ${change}`);
    if (random() < 0.05) {
      assert.deepEqual(kept(earlier), sortedAnew(earlier), `back from change ${change}`);
      earlier = todos;
    }
  }
});

test('an order in which nothing changed is the same array', () => {
  const todos = TodoMap.of([todo({ id: idOf(1) }), todo({ id: idOf(2), status: 'completed' })]);
  const [open, done] = [sorted(todos, OPEN), sorted(todos, DONE)];

  const after = todos.put(todo({ id: idOf(1), title: 'Edited' }));

  assert.equal(sorted(after, DONE), done);
  assert.notEqual(sorted(after, OPEN), open);
  assert.equal(open[0].title, 'Book the movers', 'the older array has changed');
});

test('so many changes at once that the orders are made anew', () => {
  const all = Array.from({ length: 1_000 }, (_, n) => todo({ id: idOf(n), rank: `a${n}` }));
  const todos = TodoMap.of(all);
  sorted(todos, OPEN);

  const after = todos.map((each) => ({ ...each, status: 'completed' }));

  assert.deepEqual(sorted(after, OPEN), []);
  assert.equal(sorted(after, DONE).length, 1_000);
});

test('a subtask is shown among the others once its parent is gone', () => {
  const parent = todo({ id: idOf(1) });
  const child = todo({ id: idOf(2), parent_id: parent.id });
  const todos = TodoMap.of([parent, child]);
  const before = sorted(todos, OPEN);

  const alone = todos.remove(parent.id);

  assert.deepEqual(before, [parent]);
  assert.deepEqual(sorted(alone, OPEN), [child]);
  assert.deepEqual(sorted(alone.put(parent), OPEN), [parent]);
});
