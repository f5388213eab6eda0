// Changes of comments and reminders, and their undo.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { reminder } from './support/builders.js';
import { ACCOUNT_SNAPSHOT, COMMENT, LIST, LIST_SNAPSHOT, TODO } from './support/sample.js';
import { Actions } from '../../../web/store/actions.js';
import { Store } from '../../../web/store/store.js';
import * as edits from '../../../web/store/thread_edits.js';
import { requestOf } from '../../../web/sync/requests.js';

const FUTURE = '2999-01-01T09:00:00.000000Z';
const LATER = '2999-01-01T10:00:00.000000Z';
const LATEST = '2999-01-01T11:00:00.000000Z';
const PAST = '2020-01-01T09:00:00.000000Z';

/**
 * Return the actions on a todo with a comment and these reminders. An older change is on the stack.
 * @param {ReturnType<typeof reminder>[]} reminders
 */
function openTodo(reminders = []) {
  const store = new Store();
  store.takeAccount({ ...ACCOUNT_SNAPSHOT, reminders });
  store.takeList({ ...LIST_SNAPSHOT, todos: [{ ...TODO, comment_count: 1 }] });
  store.openThread('comments', LIST.id, TODO.id);
  store.takeThread('comments', LIST.id, TODO.id, [COMMENT]);
  const outbox = /** @type {any} */ ({ add: () => {}, done: new Set(), waiting: [] });
  const actions = new Actions({ store, outbox });
  actions.editTodo(TODO.id, { priority: 5 });
  return {
    store,
    actions,
    thread: () => Object.values(store.shown.contents[LIST.id].comments[TODO.id].byId),
    reminders: () => Object.values(store.shown.reminders),
    isOlderKept: () => store.shown.contents[LIST.id].todos.get(TODO.id)?.priority === 5,
  };
}

/** @type {[string, (actions: Actions) => void][]} */
const COMMENT_CHANGES = [
  ['added', (actions) => edits.addComment(actions, TODO, 'New')],
  ['changed', (actions) => edits.editComment(actions, TODO, COMMENT, 'Other')],
  ['given a reaction', (actions) => edits.react(actions, TODO, COMMENT, '👍', true)],
  ['deleted', (actions) => edits.deleteComment(actions, TODO, COMMENT)],
];
for (const [what, change] of COMMENT_CHANGES) {
  test(`undo of a comment that was ${what} leaves older changes alone`, () => {
    const { actions, thread, isOlderKept } = openTodo();

    change(actions);
    assert.notDeepEqual(thread(), [COMMENT]);
    actions.undo();

    const shown = thread().map(({ id, body, reactions }) => [id, body, reactions]);
    assert.deepEqual(shown, [[COMMENT.id, COMMENT.body, []]]);
    assert.ok(isOlderKept());
  });
}

test('a deleted comment is restored by the key of its deletion', () => {
  const { actions, store } = openTodo();

  edits.deleteComment(actions, TODO, COMMENT);
  actions.undo();

  const [, deletion, undo] = store.pending;
  assert.deepEqual(requestOf(undo), {
    method: 'POST',
    path: `/lists/${LIST.id}/activity/undo`,
    body: { mutation: deletion.key },
  });
  assert.equal(store.shown.contents[LIST.id].todos.get(TODO.id)?.comment_count, 1);
});

test('the same reaction again is no change', () => {
  const { actions, store } = openTodo();
  const comment = {
    ...COMMENT,
    reactions: [{ emoji: '👍', user_ids: [ACCOUNT_SNAPSHOT.account.id] }],
  };

  edits.react(actions, TODO, comment, '👍', true);
  edits.react(actions, TODO, comment, '👀', false);

  assert.deepEqual(store.pending.map(({ kind }) => kind), ['todo.edit']);
  assert.equal(actions.undos.newest?.done, 'changed', 'the older change is the newest');
});

test('undo of a new reminder removes it', () => {
  const { actions, reminders, isOlderKept } = openTodo();

  edits.addReminder(actions, TODO, { minutes_before: 10 }, FUTURE);
  assert.equal(reminders().length, 1);
  actions.undo();

  assert.deepEqual(reminders(), []);
  assert.ok(isOlderKept());
});

test('a removed reminder is set again, with its snooze', () => {
  const snoozed = reminder({ minutes_before: 10, fires_at: LATER, snoozed_until: LATER });
  const { actions, reminders } = openTodo([snoozed]);

  assert.ok(edits.deleteReminder(actions, snoozed));
  assert.deepEqual(reminders(), []);
  actions.undo();

  const [{ minutes_before, fires_at, snoozed_until }] = reminders();
  assert.deepEqual([minutes_before, fires_at, snoozed_until], [10, LATER, LATER]);
});

test('a removed reminder whose time is past cannot be set again', () => {
  const sent = reminder({ at: PAST, minutes_before: null, fires_at: PAST, state: 'sent' });
  const { actions } = openTodo([sent]);

  assert.equal(edits.deleteReminder(actions, sent), false);
  assert.equal(actions.undos.newest?.done, 'changed', 'the older change is the newest');
});

test('a reminder that was snoozed fires when it did before', () => {
  const set = reminder({ at: FUTURE, minutes_before: null, fires_at: FUTURE });
  const { actions, reminders } = openTodo([set]);

  edits.snoozeReminder(actions, set, { minutes: 60 }, LATER);
  assert.equal(reminders()[0].fires_at, LATER);
  actions.undo();

  const shown = reminders().map(({ at, fires_at, snoozed_until }) => [at, fires_at, snoozed_until]);
  assert.deepEqual(shown, [[FUTURE, FUTURE, null]]);
});

test('undoing several changes of a reminder leaves it as it was, once', () => {
  const set = reminder({ at: FUTURE, minutes_before: null, fires_at: FUTURE });
  const { actions, reminders, isOlderKept } = openTodo([set]);

  edits.snoozeReminder(actions, set, { minutes: 60 }, LATER);
  edits.snoozeReminder(actions, reminders()[0], { minutes: 60 }, LATEST);
  edits.deleteReminder(actions, reminders()[0]);
  const times = [];
  for (let step = 0; step < 3; step += 1) {
    actions.undo();
    times.push(reminders().map(({ fires_at }) => fires_at));
  }

  assert.deepEqual(times, [[LATEST], [LATER], [FUTURE]]);
  assert.ok(isOlderKept());
});

test('undoing a new reminder removes it after its removal was undone', () => {
  const { actions, store, reminders } = openTodo();
  edits.addReminder(actions, TODO, { at: FUTURE }, FUTURE);
  const [{ id: made }] = reminders();
  edits.deleteReminder(actions, reminders()[0]);
  store.rename(made, 'real');

  actions.undo();
  store.rename(reminders()[0].id, 'later');
  assert.deepEqual(reminders().map(({ id }) => id), ['later']);
  actions.undo();

  assert.deepEqual(reminders(), []);
});

test('undoing a snooze does not bring back a reminder that was removed elsewhere', () => {
  const set = reminder({ at: FUTURE, minutes_before: null, fires_at: FUTURE });
  const { actions, store, reminders } = openTodo([set]);
  edits.snoozeReminder(actions, set, { minutes: 60 }, LATER);
  store.restore({ ...store.confirmed, reminders: {} });

  actions.undo();

  assert.deepEqual(reminders(), []);
});

test('a comment whose deletion was refused is not undone later', () => {
  const { actions, store } = openTodo();
  edits.deleteComment(actions, TODO, COMMENT);
  const refused = store.pending.slice(-1);

  actions.undos.drop(new Set(refused.map(({ key }) => key)));

  assert.equal(actions.undos.newest?.done, 'changed', 'the older change is the newest');
  actions.retry(refused);
  actions.undo();
  const [again, undo] = /** @type {any[]} */ (store.pending.slice(-2));
  assert.deepEqual([undo.kind, undo.undoes], ['change.undo', again.key]);
});
