// The loader of lists: a list of several pages shows its first page until the others are there.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { idOf, todo } from './support/builders.js';
import { ACCOUNT_SNAPSHOT, frame, LIST, LIST_SNAPSHOT } from './support/sample.js';
import { Refused } from '../../../web/sync/api.js';
import { ListLoader } from '../../../web/sync/list_loader.js';
import { Store } from '../../../web/store/store.js';

/** @import { EventFrame, ListSnapshot } from '../../../web/types/contract.d.ts' */

const [FIRST, SECOND] = [todo({ id: idOf(61) }), todo({ id: idOf(62), rank: 'a0020' })];
/** @type {ListSnapshot[]} */
const PAGES = [
  { ...LIST_SNAPSHOT, todos: [FIRST], next_cursor: 'more' },
  { ...LIST_SNAPSHOT, todos: [SECOND], next_cursor: null },
];

/** Return a loader whose requests are answered one by one, and the store that it fills. */
function startLoading() {
  const store = new Store();
  store.takeAccount(ACCOUNT_SNAPSHOT);
  /** @type {{path: string, answer: (page: ListSnapshot) => void, refuse: () => void}[]} */
  const requests = [];
  /** @param {string} _method @param {string} path */
  const call = (_method, path) =>
    new Promise((resolve, reject) => {
      const answer = (/** @type {ListSnapshot} */ page) =>
        resolve({ body: { ...page, todos: [...page.todos] } });
      requests.push({ path, answer, refuse: () => reject(new Refused(409, { code: 'conflict' })) });
    });
  const loader = new ListLoader({
    session: /** @type {any} */ ({ call }),
    store,
    onLoaded: (meanwhile) => store.applyFrames(meanwhile),
    onDone: () => {},
  });
  const loading = loader.load(LIST.id);
  /** @param {EventFrame} event */
  const receive = (event) => {
    loader.keep(event);
    store.applyFrames([event]);
  };
  return { store, loader, requests, loading, receive };
}

/** @param {Store} store */
function shown(store) {
  const content = store.shown.contents[LIST.id];
  return content && { ids: Object.keys(content.todos.toJSON()).sort(), isWhole: content.isWhole };
}

const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 0));

test('the first page is shown until the others are there', async () => {
  const { store, requests, loading } = startLoading();
  const steps = [shown(store)];

  requests[0].answer(PAGES[0]);
  await nextTurn();
  steps.push(shown(store));
  const isProven = LIST.id in store.provenAt;
  requests[1].answer(PAGES[1]);
  await loading;
  steps.push(shown(store));

  assert.deepEqual(steps, [
    undefined,
    { ids: [FIRST.id], isWhole: false },
    { ids: [FIRST.id, SECOND.id], isWhole: true },
  ]);
  assert.equal(isProven, false, 'a part of a list is not proven current');
  assert.ok(LIST.id in store.provenAt);
});

test('what changes between the pages is part of the list', async () => {
  const { store, requests, loading, receive } = startLoading();
  const edited = { todo: { ...SECOND, title: 'Edited' }, changed: ['title'], overwrote: null };

  receive(frame('todo.created', { todo: todo({ id: idOf(63) }) }, 1));
  requests[0].answer(PAGES[0]);
  await nextTurn();
  const meanwhile = shown(store);
  receive(frame('todo.edited', edited, 2));
  requests[1].answer(PAGES[1]);
  await loading;

  assert.deepEqual(meanwhile?.ids, [FIRST.id, idOf(63)]);
  assert.deepEqual(shown(store)?.ids, [FIRST.id, SECOND.id, idOf(63)]);
  assert.equal(store.shown.contents[LIST.id].todos.get(SECOND.id)?.title, 'Edited');
  assert.equal(store.shown.streams[LIST.id].seq, 2);
});

test('a list whose other pages did not come is loaded again', async () => {
  const { store, loader, requests, loading } = startLoading();
  requests[0].answer(PAGES[0]);
  await nextTurn();
  requests[1].refuse();
  await loading;
  const afterFailure = shown(store);

  const again = loader.load(LIST.id);
  requests[2].answer(PAGES[0]);
  await nextTurn();
  requests[3].answer(PAGES[1]);
  await again;
  await loader.load(LIST.id);

  assert.deepEqual(afterFailure, { ids: [FIRST.id], isWhole: false });
  assert.deepEqual(shown(store), { ids: [FIRST.id, SECOND.id], isWhole: true });
  assert.equal(requests.length, 4, 'a whole list is not requested again');
});
