// The persistent map of todos: changes leave older maps alone, and are found again.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { idOf, todo } from './support/builders.js';
import { TodoMap } from '../../../web/sync/todo_map.js';

/** @param {number} count */
const todos = (count) => Array.from({ length: count }, (_, n) => todo({ id: idOf(n) }));

test('a map holds what it was made of', () => {
  const all = todos(1_000);

  const map = TodoMap.of(all);

  assert.equal(map.size, 1_000);
  assert.equal(map.get(idOf(7)), all[7]);
  assert.equal(map.get('missing'), undefined);
  assert.deepEqual([...map].sort((a, b) => (a.id < b.id ? -1 : 1)), all);
});

test('a change leaves the older map alone and copies one bucket', () => {
  const older = TodoMap.of(todos(1_000));
  const edited = todo({ id: idOf(7), title: 'Edited' });

  const newer = older.put(edited);

  assert.equal(newer.get(idOf(7)), edited);
  assert.notEqual(older.get(idOf(7)), edited);
  assert.equal(newer.size, 1_000);
  const copied = newer.buckets.filter((bucket, at) => bucket !== older.buckets[at]);
  assert.equal(copied.length, 1);
});

test('a todo can be added and removed, and removing a missing one changes nothing', () => {
  const map = TodoMap.of(todos(3));

  const added = map.put(todo({ id: 'new:1' }));
  const removed = added.remove(idOf(0));

  assert.deepEqual([map.size, added.size, removed.size], [3, 4, 3]);
  assert.equal(removed.has(idOf(0)), false);
  assert.equal(removed.remove(idOf(0)), removed);
});

test('the changes between two states of a list are found', () => {
  const older = TodoMap.of(todos(1_000));
  const edited = todo({ id: idOf(5), title: 'Edited' });
  const added = todo({ id: 'new:1' });
  const newer = older.put(edited).put(added).remove(idOf(9));

  const changes = newer.changesSince(older, 10);

  assert.deepEqual(
    new Set(changes),
    new Set([
      { before: older.get(idOf(5)), after: edited },
      { before: undefined, after: added },
      { before: older.get(idOf(9)), after: undefined },
    ]),
  );
  assert.deepEqual(newer.changesSince(newer, 10), []);
});

test('changes are not looked for between two snapshots, nor when they are many', () => {
  const map = TodoMap.of(todos(1_000));

  assert.equal(map.changesSince(TodoMap.of(todos(1_000)), 10), null);
  assert.equal(map.map((each) => ({ ...each, description: 'x' })).changesSince(map, 10), null);
});

test('maps with the same todos are equal and become the same JSON', () => {
  const [first, second] = todos(2);

  const map = TodoMap.of([first]).put(second);

  assert.deepEqual(map, TodoMap.of([second, first]));
  assert.notDeepEqual(map, TodoMap.of([first]));
  assert.deepEqual(JSON.parse(JSON.stringify(map)), { [first.id]: first, [second.id]: second });
});
