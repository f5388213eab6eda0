// The labels of the user's own on todos that get their id from the server meanwhile.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { label, todo } from './support/builders.js';
import { mutation } from './support/mutations.js';
import { ACCOUNT_SNAPSHOT, LIST, LIST_SNAPSHOT } from './support/sample.js';
import { Actions } from '../../../web/store/actions.js';
import { idsOf } from '../../../web/store/mutation_ids.js';
import {
  deleteOwnLabel,
  editOwnLabel,
  toggleOwnLabel,
} from '../../../web/store/placement/own_labels.js';
import { Store } from '../../../web/store/store.js';
import { requestOf } from '../../../web/sync/requests.js';

const [CAR, IDEA] = ['car', 'idea'].map((id) => {
  const { name, colour } = label({ name: id });
  return { id, name, colour, version: 1 };
});

/** Return a store with a todo made offline that has the labels. */
function storeWith(/** @type {string[]} */ ...ids) {
  const store = new Store();
  store.takeAccount(ACCOUNT_SNAPSHOT);
  store.takeList({ ...LIST_SNAPSHOT, todos: [] });
  const actions = new Actions({ store, outbox: /** @type {any} */ ({ add: () => {} }) });
  store.restore({ ...store.confirmed, personalLabels: { car: CAR, idea: IDEA } });
  const made = actions.addTodo(LIST.id, { title: 'Find boxes' });
  actions.send('todo.label', { todos: [{ todo_id: made, personal_labels: ids }] });
  const getId = () => store.rename(made, 'real');
  return { actions, made, store, getId };
}

/** @param {Store} store */
const lastBody = (store) => requestOf(/** @type {any} */ (store.pending.at(-1))).body;

test('undoing the deletion of a label keeps the others of a todo made offline', () => {
  const { actions, store, getId } = storeWith('car', 'idea');
  deleteOwnLabel(actions, CAR);
  getId();

  actions.undo();

  const made = store.pending.at(-2);
  const again = made && 'temp_id' in made ? made.temp_id : '';
  assert.deepEqual(lastBody(store), {
    todos: [{ todo_id: 'real', personal_labels: ['idea', again] }],
  });
});

test('toggling a label keeps the others of a todo made offline', () => {
  const { actions, made, store, getId } = storeWith('car');
  const before = /** @type {any} */ (actions.find(made));
  getId();

  toggleOwnLabel(actions, [before], 'idea');

  assert.deepEqual(lastBody(store), {
    todos: [{ todo_id: 'real', personal_labels: ['car', 'idea'] }],
  });
});

test('todos whose own labels are not sent yet are among the unsent ones', () => {
  const todos = [todo({ id: 'a' }), todo({ id: 'b' })]
    .map(({ id }) => ({ todo_id: id, personal_labels: ['car'] }));

  const ids = idsOf([mutation('todo.label', { todos })]);

  assert.ok(ids.has('a') && ids.has('b'));
});

test('a changed label of the user sends what differs, and undoing gives back only that', () => {
  const { actions, store } = storeWith();

  editOwnLabel(actions, CAR, { name: CAR.name, colour: 'red' });
  editOwnLabel(actions, IDEA, { name: IDEA.name, colour: IDEA.colour });

  assert.equal(actions.undo()?.about, 'car');
  const bodies = store.pending.slice(-2).map((made) => requestOf(made).body);
  assert.deepEqual(bodies, [{ colour: 'red' }, { colour: CAR.colour }]);
});
