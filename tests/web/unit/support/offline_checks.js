// What has to be true when all devices are online again: each shows what the server has, each
// change that the server took had its events once, and each that it refused a stated reason.

import assert from 'node:assert/strict';

import { requestOf } from '../../../../web/sync/requests.js';
import { allComments } from '../../../../web/sync/threads/comment_pages.js';

/**
 * @import {
 *   AccountSnapshot, EventFrame, ListSnapshot, MissedEvents, Position,
 * } from '../../../../web/types/contract.d.ts'
 * @import { Answer, MutationKind } from '../../../../web/types/client.d.ts'
 * @import { Device, DevicePage } from './devices.js'
 */

/**
 * @template Body
 * @param {Device} device
 * @param {string} path
 * @returns {Promise<Body>}
 */
async function read({ session }, path) {
  /** @type {Answer<Body>} */
  const { body } = await session.call('GET', path);
  return body;
}

/**
 * @param {Device} device
 * @param {string} list
 * @returns {Promise<ListSnapshot>}
 */
const snapshotOf = (device, list) => read(device, `/lists/${list}/snapshot`);

/**
 * Return where the streams of the lists, and of the user, end.
 * @param {Device} device
 * @param {string[]} lists
 * @returns {Promise<Position[]>}
 */
export async function headsOf(device, lists) {
  const { stream } = await device.session.readAccount();
  const snapshots = await Promise.all(lists.map((list) => snapshotOf(device, list)));
  return [stream, ...snapshots.map((snapshot) => snapshot.stream)];
}

/**
 * Return the items by id.
 * @template {{id: string}} T
 * @param {Iterable<T>} items
 */
const byId = (items) => Object.fromEntries([...items].map((item) => [item.id, item]));

/**
 * @param {DevicePage} page
 * @param {string[]} lists
 */
export async function assertSameAsServer(page, lists) {
  await assertSameAccount(page);
  for (const list of lists) await assertSameList(page, list);
}

/** @param {DevicePage} page */
async function assertSameAccount({ device, store: { shown } }) {
  const account = await device.session.readAccount();
  assert.deepEqual(shown.reminders, byId(account.reminders));
  assert.deepEqual(shown.folders, byId(account.folders));
  assert.deepEqual(shown.personalLabels, byId(account.personal_labels));
  assert.deepEqual(
    shown.labelled,
    Object.fromEntries(account.labelled_todos.map((each) => [each.todo_id, each.personal_labels])),
  );
  assert.equal(shown.notifications.unread, account.notifications.unread_count);
  for (const notification of account.notifications.items) {
    assert.deepEqual(shown.notifications.byId[notification.id], notification);
  }
  for (const { stream: _, ...list } of account.lists) {
    const { stream: __, ...known } = shown.lists[list.id];
    assert.deepEqual(known, list);
  }
}

/**
 * @param {DevicePage} page
 * @param {string} list
 */
async function assertSameList({ device, store: { shown } }, list) {
  const content = shown.contents[list];
  const { todos, labels } = await snapshotOf(device, list);
  assert.deepEqual(byId(content.todos), byId(todos));
  assert.deepEqual(content.labels, byId(labels));
  const texts = todos.map(({ description }) => description);
  assert.equal(new Set(texts).size, texts.length, 'no todo is there twice');
  for (const todo of todos) {
    const comments = await allComments(device.session, todo.id);
    assert.equal(comments.length, todo.comment_count);
    const thread = content.comments[todo.id];
    if (thread) assert.deepEqual(thread.byId, byId(comments));
  }
}

/**
 * Return all events of a stream.
 * @param {Device} device
 * @param {string} path
 * @param {Position} head
 */
async function eventsOf(device, path, { seq, epoch }) {
  /** @type {EventFrame[]} */
  const events = [];
  while ((events.at(-1)?.seq ?? 0) < seq) {
    const since = events.at(-1)?.seq ?? 0;
    /** @type {MissedEvents} */
    const { items } = await read(device, `${path}/events?since=${since}&epoch=${epoch}`);
    assert.notEqual(items.length, 0);
    events.push(...items);
  }
  return events;
}

/**
 * @param {Device[]} devices
 * @param {string[]} lists
 */
async function allEvents(devices, lists) {
  /** @type {EventFrame[]} */
  const events = [];
  /** @type {Set<string>} */
  const seen = new Set();
  for (const device of devices) {
    for (const head of await headsOf(device, lists)) {
      const { list_id: stream } = head;
      const path = stream.startsWith('user:') ? '/users/me' : `/lists/${stream}`;
      if (!seen.has(stream)) events.push(...await eventsOf(device, path, head));
      seen.add(stream);
    }
  }
  return events;
}

/**
 * The event of what a kind of change creates.
 * @type {Partial<Record<MutationKind, string>>}
 */
const CREATED = {
  'todo.add': 'todo.created',
  'comment.add': 'comment.added',
  'label.add': 'label.created',
  'own-label.add': 'personal_label.set',
  'folder.add': 'folder.set',
  'reminder.add': 'reminder.set',
};

/**
 * By the code of a refusal: the fields of which one was changed since by another change. All other
 * refusals are of changes that name something that is gone: deleted, or in another list.
 * @type {Record<string, string[]>}
 */
const CHANGED_SINCE = {
  superseded: ['status', 'repeat', 'due'],
  not_repeating: ['repeat'],
  repeats: ['repeat'],
  too_deep: ['parent_id'],
};

/**
 * Return what an event is about: one request causes one such event of each thing.
 * @param {EventFrame} event
 */
function subjectOf({ list, event, data }) {
  const ids = Object.values(data).map((value) => value?.id ?? value);
  return `${list} ${event} ${ids.find((id) => typeof id === 'string') ?? JSON.stringify(data)}`;
}

/**
 * Return the id of what an event takes away, if it does.
 * @param {EventFrame} event
 * @returns {string | undefined}
 */
function goneIn({ event, data }) {
  const [thing, what] = event.split('.');
  if (!['deleted', 'purged', 'removed', 'moved_out'].includes(what)) return undefined;
  return /** @type {Record<string, any>} */ (data)[`${thing.replace('personal_', '')}_id`];
}

/**
 * Return true if an event changed one of the fields of something that is named in `words`.
 * @param {EventFrame} frame
 * @param {string[]} fields
 * @param {string} words
 */
function changes({ event, data }, fields, words) {
  if (event !== 'todo.edited' && event !== 'todo.created' && event !== 'todo.restored') {
    return false;
  }
  const { todo } = data;
  const isChanged = !('changed' in data) || data.changed.some((field) => fields.includes(field));
  return isChanged && [todo.id, todo.parent_id].some((id) => id && words.includes(id));
}

/**
 * Assert that a change was refused because what it names is gone, or was changed since.
 * @param {Device} device
 * @param {string} key of the change
 * @param {EventFrame[]} events
 */
function assertExplained(device, key, events) {
  const { mutation, error, root } = device.refused.get(key) ?? assert.fail();
  // What names something that was not created is dropped with it.
  if (root !== key) return;
  const code = error.errors[0]?.code ?? error.code;
  const words = JSON.stringify([requestOf(mutation), 'todo_id' in mutation && mutation.todo_id]);
  const fields = CHANGED_SINCE[code] ?? [];
  const isExplained = events.some((event) => {
    const gone = goneIn(event);
    return gone && words.includes(gone) || changes(event, fields, words);
  });
  assert.ok(isExplained, `${mutation.kind} refused: ${error.status} ${code} ${words}`);
}

/**
 * Assert that what each device made is in the events once, or was refused for a reason.
 * @param {Device[]} devices
 * @param {string[]} lists
 */
export async function assertAllExplained(devices, lists) {
  const events = await allEvents(devices, lists);
  const caused = Map.groupBy(events, ({ mutation }) => mutation ?? '');
  for (const device of devices) {
    assert.equal(device.unsent.size, 0);
    for (const mutation of device.made) {
      const { key, kind } = mutation;
      const own = caused.get(key) ?? [];
      assert.equal(new Set(own.map(subjectOf)).size, own.length, `${kind} was done once`);
      const created = CREATED[kind];
      if (device.refused.has(key)) {
        assert.equal(own.length, 0, kind);
        assertExplained(device, key, events);
      } else if (created) {
        assert.equal(own.filter(({ event }) => event === created).length, 1, kind);
      }
    }
  }
  const [made, refused] = [
    devices.flatMap((each) => each.made),
    devices.flatMap((each) => [...each.refused]),
  ];
  return `${made.length} changes, ${refused.length} refused, ${events.length} events`;
}
