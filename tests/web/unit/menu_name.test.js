// What a menu is called.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { idOf, todo } from './support/builders.js';
import { emptyState } from '../../../web/sync/state.js';
import { TodoMap } from '../../../web/sync/todo_map.js';
import { menuName } from '../../../web/views/dialogs/menu_name.js';

/**
 * @import { App } from '../../../web/app.js'
 * @import { Menu } from '../../../web/types/client.d.ts'
 */

/** @param {string[]} titles of the todos 1, 2 and so on that are there */
function app(...titles) {
  const todos = TodoMap.of(titles.map((title, at) => todo({ id: idOf(at + 1), title })));
  const shown = { ...emptyState(), contents: { [idOf(4)]: { todos } } };
  const store = { shown, realId: (/** @type {string} */ id) => id };
  return /** @type {App} */ (/** @type {unknown} */ ({ store }));
}

const menu = /** @type {Menu} */ (/** @type {unknown} */ ({
  kind: 'due',
  todoId: idOf(1),
  todoIds: [idOf(1), idOf(2), idOf(3)],
}));

test('a menu for several todos counts those that are still there', () => {
  assert.equal(menuName(app('Milk', 'Bread', 'Salt'), menu), 'Due date: 3 todos');
  assert.equal(menuName(app('Milk', 'Bread'), menu), 'Due date: 2 todos');
  assert.equal(menuName(app('Milk'), menu), 'Due date: Milk');
});
