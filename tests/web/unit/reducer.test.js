// The reducer: every event of the contract, and the sync law in small.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EVENT_CASES } from './support/event_cases.js';
import {
  ACCOUNT,
  ACCOUNT_SNAPSHOT,
  BEN,
  COMMENT,
  frame,
  LABEL,
  LIST,
  LIST_SNAPSHOT,
  loadedState,
  MY_LIST,
  NEW_TODO,
  NOW,
  TODO,
  valueAt,
} from './support/sample.js';
import { addList, CASES, classifyFrame, reduce } from '../../../web/sync/reducer.js';
import * as State from '../../../web/sync/state.js';

/**
 * @import { EventFrame, EventName } from '../../../web/types/contract.d.ts'
 * @import { State as PageState } from '../../../web/types/client.d.ts'
 */

test('the reducer has a case for every event that is tested here, and no other', () => {
  assert.deepEqual(Object.keys(CASES).sort(), Object.keys(EVENT_CASES).sort());
});

const events = /** @type {EventName[]} */ (Object.keys(EVENT_CASES));
for (const event of events) {
  test(`${event} changes the state as it says`, () => {
    const [data, expected] = EVENT_CASES[event];
    const state = loadedState();
    const before = JSON.stringify(state);
    const eventFrame = /** @type {EventFrame} */ (frame(event, data));

    const after = reduce(state, eventFrame);

    for (const [path, value] of Object.entries(expected)) {
      assert.deepEqual(valueAt(after, path), value, path);
    }
    assert.equal(after.streams[eventFrame.list]?.seq, 1);
    assert.equal(JSON.stringify(state), before, 'the reducer changed the old state in place');
  });
}

test('seen events change nothing, and a gap or an unknown stream is recognised', () => {
  const [data] = EVENT_CASES['todo.created'];
  const first = frame('todo.created', data, 1);
  const third = frame('todo.created', data, 3);

  const state = reduce(loadedState(), first);

  assert.equal(classifyFrame(state, first), 'seen');
  assert.equal(reduce(state, first), state);
  assert.equal(classifyFrame(state, third), 'gap');
  assert.equal(reduce(state, third), state);
  assert.equal(classifyFrame(state, { ...first, list: 'unknown' }), 'unknown');
});

test('an unknown event still moves the position', () => {
  const unknown = /** @type {any} */ ({ ...frame('account.disabled', {}), list: LIST.id });

  const after = reduce(loadedState(), { ...unknown, event: 'todo.from_the_future' });

  assert.equal(after.streams[LIST.id].seq, 1);
});

test('the removal of the account itself takes the list away and remembers its name', () => {
  const removed = frame('member.removed', { user_id: ACCOUNT.id, reason: 'removed' });

  const after = reduce(loadedState(), removed);

  assert.deepEqual(after.lists, {});
  assert.deepEqual(after.contents, {});
  assert.deepEqual(after.leftLists, { [LIST.id]: { name: 'House', reason: 'removed' } });
});

/** @param {PageState} state */
const listPart = (state) => ({
  openCount: state.lists[LIST.id].open_count,
  content: { ...state.contents[LIST.id], comments: null, attachments: null },
  streams: state.streams,
});

test('an old snapshot and the events since equal a new snapshot', () => {
  const edited = /** @type {const} */ ({
    ...TODO,
    title: 'Call',
    status: 'completed',
    completed_at: NOW,
  });
  const frames = [
    frame('todo.created', { todo: NEW_TODO }, 1),
    frame('todo.edited', { todo: edited, changed: ['title'], overwrote: null }, 2),
    frame('label.deleted', { label_id: LABEL.id }, 3),
    frame('member.removed', { user_id: BEN.id, reason: 'left' }, 4),
  ];
  const bare = { labels: [], assignees: [] };
  const fresh = {
    ...LIST_SNAPSHOT,
    stream: { list_id: LIST.id, epoch: 'e1', seq: 4 },
    labels: [],
    members: LIST_SNAPSHOT.members.filter(({ user }) => user.id === ACCOUNT.id),
    todos: [{ ...edited, ...bare }, { ...NEW_TODO, ...bare }],
  };
  const state = loadedState();

  const replayed = frames.reduce(reduce, state);

  assert.deepEqual(listPart(replayed), listPart(State.takeListSnapshot(state, fresh)));
});

test('a snapshot of another epoch drops the content that was loaded', () => {
  const rewound = { ...MY_LIST, stream: { list_id: LIST.id, epoch: 'e2', seq: 9 } };

  const after = State.takeAccountSnapshot(loadedState(), { ...ACCOUNT_SNAPSHOT, lists: [rewound] });

  assert.deepEqual(after.contents, {});
  assert.deepEqual(after.streams[LIST.id], { epoch: 'e2', seq: 9 });
});

test('a snapshot of the account counts no event twice that its lists still lack', () => {
  const lists = [{ ...MY_LIST, open_count: 2, stream: { ...MY_LIST.stream, seq: 1 } }];
  const state = State.takeAccountSnapshot(loadedState(), { ...ACCOUNT_SNAPSHOT, lists });

  const after = reduce(state, frame('todo.created', { todo: NEW_TODO }, 1));

  assert.equal(state.lists[LIST.id].open_count, 1);
  assert.equal(after.lists[LIST.id].open_count, 2);
});

test('a list without content has its count and its position of one moment', () => {
  const state = State.takeAccountSnapshot(State.emptyState(), ACCOUNT_SNAPSHOT);
  const ahead = reduce(state, frame('todo.created', { todo: NEW_TODO }, 1));

  const after = addList(ahead, { list: { ...MY_LIST, archived_at: NOW } });

  assert.equal(ahead.streams[LIST.id].seq, 1);
  assert.deepEqual(
    [after.lists[LIST.id].open_count, after.streams[LIST.id].seq],
    [MY_LIST.open_count, MY_LIST.stream.seq],
  );
});

test('a comment deleted while the comments were fetched stays away', () => {
  const [data] = EVENT_CASES['comment.deleted'];
  let state = State.takeAccountSnapshot(State.emptyState(), ACCOUNT_SNAPSHOT);
  state = State.takeListSnapshot(state, LIST_SNAPSHOT);
  state = reduce(
    State.openThread(state, 'comments', LIST.id, TODO.id),
    frame('comment.deleted', data),
  );

  state = State.takeThread(state, 'comments', LIST.id, TODO.id, [COMMENT]);

  assert.deepEqual(state.contents[LIST.id].comments[TODO.id].byId, {});
});

test('a reaction that came while the comments were fetched is kept', () => {
  const [data] = EVENT_CASES['comment.reacted'];
  let state = State.takeAccountSnapshot(State.emptyState(), ACCOUNT_SNAPSHOT);
  state = State.takeListSnapshot(state, LIST_SNAPSHOT);
  state = reduce(
    State.openThread(state, 'comments', LIST.id, TODO.id),
    frame('comment.reacted', data),
  );

  state = State.takeThread(state, 'comments', LIST.id, TODO.id, [COMMENT]);

  const { byId } = state.contents[LIST.id].comments[TODO.id];
  assert.deepEqual(byId[COMMENT.id].reactions, data.reactions);
});

test('a deleted account leaves no id, no name and no reactions', () => {
  const reacted = { comment_id: COMMENT.id, todo_id: TODO.id };
  const reactions = [{ emoji: '👍', user_ids: [BEN.id, ACCOUNT.id] }];
  const removal = { user_id: BEN.id, reason: /** @type {const} */ ('account_deleted') };
  const events = [
    frame('todo.created', { todo: { ...NEW_TODO, created_by: BEN.id } }, 1),
    frame('comment.reacted', { ...reacted, reactions }, 2),
    frame('member.removed', removal, 3),
  ];

  const state = events.reduce(reduce, loadedState());

  const { comments, todos } = state.contents[LIST.id];
  const comment = comments[TODO.id].byId[COMMENT.id];
  assert.deepEqual(comment.reactions, [{ emoji: '👍', user_ids: [ACCOUNT.id] }]);
  assert.equal(comment.author, null);
  assert.equal(todos.get(NEW_TODO.id)?.created_by, null);
});

test('a member with another name is the author of their comments under it', () => {
  const user = { ...BEN, name: 'Benedikt' };
  const member = /** @type {const} */ ({ user, role: 'editor', joined_at: NOW });

  const state = reduce(loadedState(), frame('member.edited', { member }, 1));

  const { byId } = state.contents[LIST.id].comments[TODO.id];
  assert.equal(byId[COMMENT.id].author?.name, 'Benedikt');
});

test('a list has the position of its snapshot', () => {
  const { epoch, seq } = LIST_SNAPSHOT.stream;

  assert.deepEqual(loadedState().streams[LIST.id], { epoch, seq });
});
