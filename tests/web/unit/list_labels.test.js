// The labels of a list: renamed, recoloured, deleted and brought back, by requests that can wait.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { label, todo } from './support/builders.js';
import { ACCOUNT_SNAPSHOT, LIST, LIST_SNAPSHOT } from './support/sample.js';
import { Actions } from '../../../web/store/actions.js';
import { deleteLabel, editLabel } from '../../../web/store/list_labels.js';
import { Store } from '../../../web/store/store.js';
import { requestOf } from '../../../web/sync/requests.js';

const [BUY, CALL] = ['buy', 'call'].map((name) => label({ id: name, name }));

/** Return a store with three todos, of which two have the label `buy`. */
function world() {
  const store = new Store();
  store.takeAccount(ACCOUNT_SNAPSHOT);
  const todos = [
    todo({ id: 'boxes', labels: ['buy'] }),
    todo({ id: 'phone', labels: ['buy', 'call'] }),
    todo({ id: 'other', labels: ['call'] }),
  ];
  store.takeList({ ...LIST_SNAPSHOT, labels: [BUY, CALL], todos });
  const actions = new Actions({ store, outbox: /** @type {any} */ ({ add: () => {} }) });
  /** @param {string} id */
  const labelsOn = (id) => actions.find(id)?.labels;
  return { actions, labelsOn, store };
}

/** @param {Store} store */
const requests = (store) => store.pending.map(requestOf);

test('a label gets another name and colour at once, and undoing gives back those of before', () => {
  const { actions, store } = world();

  editLabel(actions, BUY, { name: 'shop', colour: 'red' });

  const { labels } = actions.state.contents[LIST.id];
  assert.deepEqual(labels.buy, { ...BUY, name: 'shop', colour: 'red' });
  actions.undo();
  assert.deepEqual(actions.state.contents[LIST.id].labels.buy, BUY);
  const path = `/lists/${LIST.id}/labels/buy`;
  assert.deepEqual(requests(store), [
    { method: 'PATCH', path, body: { name: 'shop', colour: 'red' } },
    { method: 'PATCH', path, body: { name: 'buy', colour: 'purple' } },
  ]);
});

test('a changed label sends what differs, and undoing gives back only that', () => {
  const { actions, store } = world();

  editLabel(actions, BUY, { name: 'shop', colour: BUY.colour });
  editLabel(actions, CALL, { name: 'call', colour: CALL.colour });

  actions.undo();
  assert.equal(actions.undos.newest, null);
  assert.deepEqual(requests(store).map(({ body }) => body), [{ name: 'shop' }, { name: 'buy' }]);
});

test('a deleted label leaves the todos, and undoing restores it with its id', () => {
  const { actions, labelsOn, store } = world();

  deleteLabel(actions, BUY);

  assert.equal(actions.state.contents[LIST.id].labels.buy, undefined);
  assert.deepEqual([labelsOn('boxes'), labelsOn('phone')], [[], ['call']]);
  assert.equal(actions.undo()?.about, 'buy');
  assert.deepEqual(actions.state.contents[LIST.id].labels.buy, BUY);
  assert.deepEqual(labelsOn('boxes'), ['buy']);
  assert.deepEqual(labelsOn('phone'), ['buy', 'call']);
  assert.deepEqual(labelsOn('other'), ['call']);
  assert.deepEqual(requests(store).map(({ method, path }) => [method, path]), [
    ['DELETE', `/lists/${LIST.id}/labels/buy`],
    ['POST', `/lists/${LIST.id}/activity/undo`],
  ]);
  assert.deepEqual(requests(store)[1].body, { mutation: store.pending[0].key });
});

test('undoing the deletion of a label keeps what todos got since, and deleted ones away', () => {
  const { actions, labelsOn } = world();
  deleteLabel(actions, BUY);
  const undo = actions.undoer();
  actions.editTodo('boxes', { labels: ['call'] });
  actions.deleteTodo('phone');

  undo();

  assert.deepEqual(labelsOn('boxes'), ['buy', 'call']);
  assert.equal(labelsOn('phone'), undefined);
});

test('a change of a label can be undone after its deletion was undone', () => {
  const { actions } = world();
  editLabel(actions, BUY, { name: 'shop' });
  deleteLabel(actions, actions.state.contents[LIST.id].labels.buy);

  actions.undo();
  assert.equal(actions.state.contents[LIST.id].labels.buy.name, 'shop');
  actions.undo();

  assert.deepEqual(actions.state.contents[LIST.id].labels.buy, BUY);
});

test('a label of more todos than the server restores is made again', () => {
  const { actions, labelsOn, store } = world();
  const todos = Array.from({ length: 201 }, (_, at) => todo({ id: `t${at}`, labels: ['buy'] }));
  store.takeList({ ...LIST_SNAPSHOT, labels: [BUY, CALL], todos });
  deleteLabel(actions, BUY);

  actions.undo();

  const made = /** @type {any} */ (store.pending[1]);
  assert.deepEqual([made.kind, labelsOn('t200')], ['label.add', [made.temp_id]]);
});

test('a label made offline can be renamed and deleted before it has its id', () => {
  const { actions, store } = world();
  const made = actions.addLabel(LIST.id, { name: 'soon', colour: 'red' });
  editLabel(actions, actions.state.contents[LIST.id].labels[made], { name: 'later' });
  store.rename(made, 'real');

  deleteLabel(actions, { ...BUY, id: made });

  assert.deepEqual(requests(store).map(({ path }) => path).slice(-1), [
    `/lists/${LIST.id}/labels/real`,
  ]);
});
