// Files on their way to the server: which are kept for later, which are dropped, and when they go.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TODO } from './support/sample.js';
import { Refused } from '../../../web/sync/api.js';
import { emptyState } from '../../../web/sync/state.js';
import { Uploads } from '../../../web/views/attachments/uploads.js';

/**
 * @import { WaitingFile } from '../../../web/views/attachments/waiting_files.js'
 * @typedef {{todoId: string, token: string, answer: (error?: unknown) => void}} Sent
 */

const TEMP = 'new:1';
const USER = 'ana';
// Deno's navigator does not say.
Object.defineProperty(navigator, 'onLine', { value: true });

/** All promises that have an answer are settled after this. */
const settled = () => new Promise((done) => setTimeout(done));

/**
 * @param {string} todoId
 * @returns {WaitingFile}
 */
const kept = (todoId) => ({
  key: 'k1',
  userId: USER,
  todoId,
  listId: TODO.list_id,
  name: 'plan.pdf',
  file: new Blob(['plan']),
});

/**
 * Return a server and a storage that belong to the test.
 * @param {Map<string, WaitingFile>} rows
 * @param {Sent[]} sent
 * @param {{work: () => void, ms: number}[]} timers
 * @returns {any}
 */
const ports = (rows, sent, timers) => ({
  /**
   * @param {any} upload
   * @param {string} todoId
   * @param {string} token
   */
  sendFile: (upload, todoId, token) =>
    new Promise((resolve, reject) => {
      upload.request = { abort: () => reject(new Error('unreachable')) };
      sent.push({ todoId, token, answer: (error) => error ? reject(error) : resolve(null) });
    }),
  /**
   * @param {() => void} work
   * @param {number} ms
   */
  later: (work, ms) => void timers.push({ work, ms }),
  /** @param {{key: string}} row */
  dropWaiting: ({ key }) => Promise.resolve(void rows.delete(key)),
  /** @param {WaitingFile} row */
  keepWaiting: (row) => {
    rows.set(row.key, row);
    return Promise.resolve(true);
  },
  readWaiting: () => Promise.resolve([...rows.values()]),
});

/** @param {WaitingFile[]} [stored] what an earlier visit left */
function scene(stored = []) {
  const rows = new Map(stored.map((row) => [row.key, row]));
  const aliases = new Map();
  const todos = new Map([[TODO.id, TODO]]);
  const shown = {
    ...emptyState(),
    account: { id: USER },
    contents: { [TODO.list_id]: { todos } },
  };
  const store = Object.assign(new EventTarget(), {
    shown,
    connection: { state: 'live' },
    /** @param {string} id */
    realId: (id) => aliases.get(id) ?? id,
  });
  /** @type {Sent[]} */
  const sent = [];
  /** @type {any} */
  const app = {
    store,
    session: {
      isSignedIn: true,
      /** @param {{fresh?: boolean}} options */
      token: ({ fresh }) => Promise.resolve(fresh ? 'fresh' : 'token'),
    },
    outbox: { isRestored: false, waiting: [] },
  };
  /** @type {{work: () => void, ms: number}[]} */
  const timers = [];
  const uploads = new Uploads(app, ports(rows, sent, timers));
  /** @param {string} to */
  const rename = (to) => {
    aliases.set(TEMP, to);
    store.dispatchEvent(new CustomEvent('renamed', { detail: { from: TEMP, to } }));
    store.dispatchEvent(new Event('change'));
  };
  return { app, uploads, rows, sent, rename, timers };
}

const PLAN = new File(['plan'], 'plan.pdf');

test('a file that is cancelled while it is sent is not kept for the next visit', async () => {
  const { uploads, rows, sent } = scene();
  uploads.add(TODO.id, [PLAN]);
  await settled();
  assert.equal(sent.length, 1);

  uploads.cancel(uploads.items[0]);
  await settled();

  assert.deepEqual([uploads.items, [...rows]], [[], []]);
});

test('a file that is cancelled before its request began is not sent', async () => {
  const { uploads, sent } = scene();
  uploads.add(TODO.id, [PLAN]);

  uploads.cancel(uploads.items[0]);
  await settled();

  assert.equal(sent.length, 0);
});

for (
  const [status, state] of /** @type {[number, string][]} */ ([
    [401, 'failed'],
    [408, 'failed'],
    [429, 'failed'],
    [404, 'refused'],
    [413, 'refused'],
  ])
) {
  test(`after the answer ${status} a file is ${state}`, async () => {
    const { uploads, rows, sent } = scene([kept(TODO.id)]);
    await settled();

    sent[0].answer(new Refused(status, {}));
    await settled();

    assert.equal(uploads.items[0].state, state);
    assert.equal(rows.size, state === 'refused' ? 0 : 1);
  });
}

for (
  const [status, token] of /** @type {[number, string][]} */ ([[401, 'fresh'], [429, 'token']])
) {
  test(`after the answer ${status} a file is sent again when the server said`, async () => {
    const { sent, timers, uploads } = scene([kept(TODO.id)]);
    await settled();

    sent[0].answer(new Refused(status, {}, 7));
    await settled();
    timers[0].work();
    await settled();

    assert.deepEqual(timers.map(({ ms }) => ms), [7_000]);
    assert.deepEqual(sent.map((each) => each.token), ['token', token]);
    sent[1].answer();
    await settled();
    assert.deepEqual(uploads.items, []);
  });
}

test('a file whose todo was not made is lost, until the todo is made after all', async () => {
  const { app, uploads, sent, rename } = scene([kept(TEMP)]);
  await settled();
  const names = () => uploads.lost.map(({ name }) => name);
  const beforeRestoring = names();
  app.outbox.isRestored = true;
  app.outbox.waiting = [{ key: 'a', kind: 'todo.add', temp_id: TEMP }];
  const whileItWaits = names();
  app.outbox.waiting = [];
  const refused = names();
  rename(TODO.id);
  await settled();

  assert.deepEqual([beforeRestoring, whileItWaits, refused, names()], [[], [], ['plan.pdf'], []]);
  assert.equal(sent.length, 1);
});

test('a refused file of a todo that is gone is lost', async () => {
  const { uploads, sent } = scene([kept('deleted')]);
  await settled();

  sent[0].answer(new Refused(404, {}));
  await settled();

  assert.deepEqual(uploads.lost.map(({ name }) => name), ['plan.pdf']);
});

test('a file waits for the real id of its todo, which is stored too', async () => {
  const { rows, sent, rename } = scene([kept(TEMP)]);
  await settled();
  assert.equal(sent.length, 0);

  rename(TODO.id);
  await settled();

  assert.deepEqual(sent.map(({ todoId }) => todoId), [TODO.id]);
  assert.equal(rows.get('k1')?.todoId, TODO.id);
});

test('a file of a provisional todo that nobody knows waits', async () => {
  const { uploads, rows, sent } = scene([kept('new:2')]);
  await settled();

  assert.deepEqual([sent.length, uploads.items[0].state, rows.size], [0, 'waiting', 1]);
});

test('files that are forgotten while they are sent and stored are not kept', async () => {
  const { app, uploads, rows, sent } = scene();
  app.store.connection.state = 'offline';
  uploads.add(TODO.id, [PLAN]);
  app.store.connection.state = 'live';
  uploads.add(TODO.id, [PLAN]);
  assert.equal(uploads.unsent, 2);

  uploads.forget();
  await settled();

  assert.deepEqual([uploads.unsent, [...rows], sent.length], [0, [], 0]);
});

test('a file that is being sent is kept when its user signs out and keeps it', async () => {
  const { uploads, rows, sent } = scene();
  uploads.add(TODO.id, [PLAN]);
  await settled();
  assert.deepEqual([sent.length, rows.size], [1, 0]);

  uploads.keepAll();
  await settled();

  assert.equal(rows.size, 1);
});

test('the next user of the window sees nothing of the files of the one before', async () => {
  const { app, uploads, sent } = scene([kept('deleted')]);
  await settled();
  sent[0].answer(new Refused(404, {}));
  await settled();
  app.store.connection.state = 'offline';
  uploads.add(TODO.id, [PLAN]);
  const seen = () => [uploads.lost.length, uploads.unsent, uploads.of(TODO.id).length];
  const own = seen();

  app.store.shown.account = { id: 'ben' };
  const others = seen();
  app.store.shown.account = { id: USER };

  assert.deepEqual([own, others, seen()], [[1, 1, 1], [0, 0, 0], [1, 1, 1]]);
});
