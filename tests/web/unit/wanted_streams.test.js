// With more lists than a connection can follow, those on screen are followed.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isShownUnfollowed, STREAMS, wantedStreams } from '../../../web/sync/wanted_streams.js';
import { emptyState } from '../../../web/sync/state.js';
import { account, idOf, myList, NOW } from './support/builders.js';

const OWN = `user:${idOf(1)}`;
const LISTS = Array.from(
  { length: STREAMS + 5 },
  (_none, at) => myList({ id: idOf(1000 + at), archived_at: at < 3 ? NOW : null }),
);

function stateOfMany() {
  const names = [...LISTS.map(({ id }) => id), OWN];
  return {
    ...emptyState(),
    account: account({}),
    lists: Object.fromEntries(LISTS.map((list) => [list.id, list])),
    streams: Object.fromEntries(names.map((name) => [name, { epoch: 'e', seq: 0 }])),
  };
}

test('lists in use are followed before archived ones, and the own stream always', () => {
  const wanted = wantedStreams(stateOfMany(), null, []);

  assert.equal(wanted.length, STREAMS);
  assert.equal(wanted[0], OWN);
  assert.ok(!wanted.includes(LISTS[0].id));
});

test('the list on screen takes the place of the one that was followed last', () => {
  const state = stateOfMany();
  const before = wantedStreams(state, null, []);
  const shown = LISTS.at(-1)?.id ?? '';
  assert.ok(!before.includes(shown));

  const wanted = wantedStreams(state, shown, before);

  assert.deepEqual(before.filter((name) => !wanted.includes(name)), [before.at(-1)]);
  assert.deepEqual(wanted.filter((name) => !before.includes(name)), [shown]);
});

test('a page that shows a list that is not followed is not live', () => {
  const state = stateOfMany();
  const followed = new Map(wantedStreams(state, null, []).map((name) => [name, true]));

  assert.ok(isShownUnfollowed(state, null, followed));
  assert.ok(isShownUnfollowed(state, LISTS.at(-1)?.id ?? '', followed));
  assert.ok(!isShownUnfollowed(state, LISTS[5].id, followed));
});
