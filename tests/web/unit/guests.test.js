// Guests of share links: what their pages offer, and whom a todo can be assigned to.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { accountsOf, may } from '../../../web/store/queries.js';
import { emptyState, takeAccountSnapshot } from '../../../web/sync/state.js';
import { TodoMap } from '../../../web/sync/todo_map.js';
import { account, idOf, member, myList, user } from './support/builders.js';

const LIST = myList({ id: idOf(1), role: 'editor' });

/** @param {string} email */
function stateOf(email) {
  const snapshot = {
    account: account({ email }),
    lists: [LIST],
    folders: [],
    personal_labels: [],
    labelled_todos: [],
    invitations: [],
    reminders: [],
    notifications: { items: [], unread_count: 0 },
    preferences: /** @type {any} */ (null),
    // As GuestSession has it: a guest follows the list alone.
    stream: LIST.stream,
  };
  return takeAccountSnapshot(emptyState(), snapshot);
}

test('a guest may do what the role allows, except what is for accounts', () => {
  const guest = stateOf('');
  const editor = stateOf('ana@example.org');

  assert.ok(may(guest, LIST.id, 'edit_todo') && may(editor, LIST.id, 'edit_todo'));
  assert.ok(!may(guest, LIST.id, 'set_reminder') && may(editor, LIST.id, 'set_reminder'));
  assert.ok(!may(guest, LIST.id, 'manage_links'));
  // Who cannot read what was done before is not offered to see the changes of a comment.
  assert.ok(!may(guest, LIST.id, 'read_activity') && may(editor, LIST.id, 'read_activity'));
});

test('a guest follows the list and no other stream', () => {
  assert.deepEqual(Object.keys(stateOf('').streams), [LIST.id]);
});

test('todos are assigned to members, and to no guest', () => {
  const ana = member({ user: user(2, 'Ana') });
  const guest = member({ user: user(3, 'Gil (guest)'), link_id: idOf(4) });
  const members = { [ana.user.id]: ana, [guest.user.id]: guest };
  const content = {
    members,
    labels: {},
    todos: TodoMap.of([]),
    comments: {},
    attachments: {},
    isWhole: true,
  };

  const shown = accountsOf({ ...stateOf(''), contents: { [LIST.id]: content } }, LIST.id);

  assert.deepEqual(shown.map(({ user: { name } }) => name), ['Ana']);
});
