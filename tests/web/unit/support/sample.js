// The account that most unit tests start from: Ana owns one list with Ben in it, one label and one
// todo; she has an invitation, a reminder and two unread notifications.

import * as build from './builders.js';
import * as State from '../../../../web/sync/state.js';
import { TodoMap } from '../../../../web/sync/todo_map.js';

/**
 * @import {
 *   AccountSnapshot, EventData, EventFrameOf, EventName, ListSnapshot, PreferencesShape
 * } from '../../../../web/types/contract.d.ts'
 */

export { NOW } from './builders.js';

export const ACCOUNT = build.account({});
export const BEN = build.user(2, 'Ben Okafor');
export const LIST = build.list({});
export const MY_LIST = build.myList({});
export const LABEL = build.label({});
export const TODO = build.todo({ assignees: [BEN.id], labels: [LABEL.id] });
export const NEW_TODO = { ...TODO, id: build.idOf(7), title: 'Find boxes' };
export const COMMENT = build.comment({});
export const ATTACHMENT = build.attachment({});
export const FOLDER = { id: build.idOf(24), name: 'Home', rank: 'V' };
export const OWN_LABEL = {
  id: build.idOf(25),
  name: 'waiting',
  colour: /** @type {const} */ ('purple'),
};
export const INVITATION = build.invitation({});
export const REMINDER = build.reminder({});
export const NOTIFICATION = build.notification({});
export const LATER_NOTIFICATION = build.notification({ id: build.idOf(13), kind: 'mentioned' });

/** @type {PreferencesShape} */
export const PREFERENCES = {
  channels: { commented: { in_app: true, mail: false, push: true } },
  digest: false,
  digest_hour: 8,
};

/** @type {AccountSnapshot} */
export const ACCOUNT_SNAPSHOT = {
  stream: { list_id: `user:${ACCOUNT.id}`, epoch: 'e1', seq: 0 },
  account: ACCOUNT,
  lists: [MY_LIST],
  folders: [FOLDER],
  personal_labels: [OWN_LABEL],
  labelled_todos: [{ todo_id: TODO.id, personal_labels: [OWN_LABEL.id] }],
  invitations: [INVITATION],
  reminders: [REMINDER],
  notifications: { items: [LATER_NOTIFICATION, NOTIFICATION], unread_count: 3 },
  preferences: PREFERENCES,
};

const { id, name, avatar_url } = ACCOUNT;

/** @type {ListSnapshot} */
export const LIST_SNAPSHOT = {
  stream: MY_LIST.stream,
  list: MY_LIST,
  next_cursor: null,
  members: [
    build.member({ user: { id, name, avatar_url }, role: 'owner' }),
    build.member({ user: BEN }),
  ],
  labels: [LABEL],
  todos: [TODO],
};

/** Return the state of a page on which the todo is open, with its comments and files loaded. */
export function loadedState() {
  let state = State.takeAccountSnapshot(State.emptyState(), ACCOUNT_SNAPSHOT);
  state = State.takeListSnapshot(state, LIST_SNAPSHOT);
  state = State.openThread(state, 'comments', LIST.id, TODO.id);
  state = State.takeThread(state, 'comments', LIST.id, TODO.id, [COMMENT]);
  state = State.openThread(state, 'attachments', LIST.id, TODO.id);
  return State.takeThread(state, 'attachments', LIST.id, TODO.id, [ATTACHMENT]);
}

const PERSONAL = [
  'account.',
  'session.',
  'list.added',
  'list.placed',
  'list.view_set',
  'list.removed',
  'folder.',
  'personal_label.',
  'labelled_todos.',
  'invitation.',
  'reminder.',
  'notification.',
  'preferences.',
];

/**
 * Return the frame of an event in the stream that carries such events: the list's, or Ana's own.
 * @template {EventName} Name
 * @param {Name} event
 * @param {EventData[Name]} data
 * @param {number} [seq]
 * @param {string | null} [mutation]
 * @returns {EventFrameOf<Name>}
 */
export function frame(event, data, seq = 1, mutation = null) {
  const isPersonal = PERSONAL.some((prefix) => event.startsWith(prefix));
  return {
    type: 'event',
    list: isPersonal ? `user:${ACCOUNT.id}` : LIST.id,
    seq,
    event,
    at: build.NOW,
    actor: null,
    mutation,
    data,
  };
}

/**
 * Return what is at a path of names such as `lists.1.name`, or null.
 * @param {any} value
 * @param {string} path
 */
export const valueAt = (value, path) =>
  path.split('.').reduce(
    (inner, key) => (inner instanceof TodoMap ? inner.get(key) : inner?.[key]) ?? null,
    value,
  );
