// Moves to another list, and their undo: it brings back all that the other list does not know.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { comment, idOf, myList, todo } from './support/builders.js';
import { ACCOUNT_SNAPSHOT, BEN, frame, LABEL, LIST, LIST_SNAPSHOT } from './support/sample.js';
import { Actions } from '../../../web/store/actions.js';
import { moveTodos } from '../../../web/store/bulk_edits.js';
import { commentsOf } from '../../../web/store/queries.js';
import { Store } from '../../../web/store/store.js';
import { builtOn } from '../../../web/sync/pending.js';
import { requestOf } from '../../../web/sync/requests.js';

const AWAY = idOf(40);
const PARENT = todo({ id: 'parent', title: 'Trip', rank: 'a0001' });
const MOVED = todo({
  id: 'moved',
  parent_id: 'parent',
  labels: [LABEL.id],
  assignees: [BEN.id],
  rank: 'a0002',
});
const OTHER = todo({ id: 'other', assignees: [BEN.id], rank: 'a0003' });
const CHILD = todo({ id: 'child', parent_id: 'other', labels: [LABEL.id], rank: 'a0004' });
const LAST = todo({ id: 'last', title: 'Tea', rank: 'a0005' });
const TODOS = [PARENT, MOVED, OTHER, CHILD, LAST];

/** Return the actions on two lists of Ana's; only the first has Ben and a label. */
function twoLists() {
  const store = new Store();
  const mine = myList({ id: AWAY, name: 'Away' });
  store.takeAccount({ ...ACCOUNT_SNAPSHOT, lists: [...ACCOUNT_SNAPSHOT.lists, mine] });
  store.takeList({ ...LIST_SNAPSHOT, todos: TODOS });
  const members = LIST_SNAPSHOT.members.filter(({ user }) => user.id !== BEN.id);
  const empty = { members, labels: [], todos: [] };
  store.takeList({ ...LIST_SNAPSHOT, stream: mine.stream, list: mine, ...empty });
  const outbox = /** @type {any} */ ({ add: () => {}, done: new Set(), waiting: [] });
  return {
    store,
    actions: new Actions({ store, outbox }),
    /** @param {string} listId */
    shown: (listId) => [...store.shown.contents[listId].todos].toSorted(byRank),
  };
}

/**
 * @param {{rank: string}} a
 * @param {{rank: string}} b
 */
const byRank = (a, b) => a.rank < b.rank ? -1 : 1;

test('the undo of a move brings back labels, assignees, parent and place', () => {
  const { actions, store, shown } = twoLists();

  actions.moveTodo('moved', { to_list: AWAY });
  const [{ parent_id, labels, assignees }] = shown(AWAY);
  assert.deepEqual([parent_id, labels, assignees], [null, [], []]);
  actions.undo();

  assert.deepEqual(shown(LIST.id), TODOS);
  assert.deepEqual(shown(AWAY), []);
  const [move, undo] = store.pending;
  assert.deepEqual(requestOf(undo), {
    method: 'POST',
    path: `/lists/${AWAY}/activity/undo`,
    body: { mutation: move.key },
  });
});

test('subtasks go along at once, and come back as they were', () => {
  const { actions, shown } = twoLists();

  actions.moveTodo('other', { to_list: AWAY });
  assert.deepEqual(
    shown(AWAY).map(({ id, parent_id }) => [id, parent_id]),
    [['other', null], ['child', 'other']],
  );
  actions.undo();

  assert.deepEqual(shown(LIST.id), TODOS);
});

test('one undo brings back several, each as it was', () => {
  const { actions, shown } = twoLists();

  moveTodos(actions, [LAST, CHILD, OTHER, MOVED], AWAY);
  assert.deepEqual(shown(AWAY).map(({ id }) => id), ['last', 'other', 'child', 'moved']);
  actions.undo();

  assert.deepEqual(shown(LIST.id), TODOS);
  assert.equal(actions.undo(), null);
});

test('what another member has changed there since stays', () => {
  const { actions, store, shown } = twoLists();
  actions.moveTodo('last', { to_list: AWAY });

  const there = { ...LAST, list_id: AWAY, title: 'Green tea' };
  store.takeList({ ...LIST_SNAPSHOT, todos: TODOS.slice(0, 4) });
  const mine = myList({ id: AWAY, stream: { list_id: AWAY, epoch: 'e1', seq: 9 } });
  store.takeList({ ...LIST_SNAPSHOT, stream: mine.stream, list: mine, labels: [], todos: [there] });
  store.dropPending(new Set(store.pending.map(({ key }) => key)));
  actions.undo();

  assert.equal(shown(LIST.id).at(-1)?.title, 'Green tea');
});

test('the undo of a move that was refused at first names its next attempt', () => {
  const { actions, store } = twoLists();
  actions.moveTodo('last', { to_list: AWAY });
  const [refused] = store.pending;
  store.dropPending(new Set([refused.key]));

  actions.retry([refused]);
  actions.undo();

  const [again, undo] = store.pending;
  assert.notEqual(again.key, refused.key);
  assert.deepEqual(requestOf(undo).body, { mutation: again.key });
});

test('a refused move takes its undo along', () => {
  const { actions, store } = twoLists();
  actions.moveTodo('last', { to_list: AWAY });
  actions.undo();

  assert.deepEqual(builtOn(store.pending[0], store.pending), store.pending);
});

test('comments that were read while their todo was being moved are read again afterwards', () => {
  const { actions, store } = twoLists();
  actions.moveTodo('other', { to_list: AWAY });
  // The page shows the todo in the other list; no event of that list is about it until it is there.
  store.openThread('comments', AWAY, 'other');
  store.takeThread('comments', AWAY, 'other', []);
  const [{ key }] = store.pending;
  const added = { comment: comment({ todo_id: 'other' }), comment_count: 1 };
  const todo = { ...OTHER, list_id: AWAY, assignees: [], comment_count: 1 };

  store.applyFrames([
    frame('comment.added', added, 1),
    frame('todo.moved_out', { todo_id: 'other' }, 2, key),
    { ...frame('todo.moved_in', { todo }, 1, key), list: AWAY },
  ]);

  assert.equal(store.shown.contents[AWAY].todos.get('other')?.comment_count, 1);
  assert.equal(commentsOf(store.shown, todo), null);
});
