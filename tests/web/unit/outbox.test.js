// The outbox: sends mutations in order, each with its key, across reloads and dead networks.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Refused, Unreachable } from '../../../web/sync/api.js';
import { Outbox } from '../../../web/sync/outbox.js';

/**
 * @import { OutboxStorage } from '../../../web/sync/sockets/peers.js'
 * @import { Answer, Mutation, MutationKind } from '../../../web/types/client.d.ts'
 */

/**
 * Return a mutation with no more fields than the outbox reads.
 * @param {string} key
 * @param {MutationKind} [kind]
 * @param {object} [fields]
 */
const write = (
  key,
  kind = 'todo.edit',
  fields = {},
) => /** @type {Mutation} */ (/** @type {unknown} */ ({ key, kind, ...fields }));

/**
 * Return the answer of a server, with its body.
 * @param {{id: string} | null} [body]
 * @returns {Answer<{id?: string} | null>}
 */
const answered = (body = null) => ({ status: 200, body, positions: [] });

/**
 * @param {Map<string, Mutation>} disk
 * @returns {OutboxStorage}
 */
const storageIn = (disk) => ({
  all: () => Promise.resolve([...disk.values()]),
  put: (mutation) => Promise.resolve(void disk.set(mutation.key, mutation)),
  settle: (key, changed) => {
    disk.delete(key);
    for (const mutation of changed) disk.set(mutation.key, mutation);
    return Promise.resolve();
  },
});

/**
 * Return an outbox whose disk, network and timer belong to the test. `answers` is what the network
 * says next (else success); `isDown` cuts it; `runLater()` is the timer that fires.
 * @param {Mutation[]} [stored]
 */
function outboxOf(stored = []) {
  const scene = {
    disk: new Map(stored.map((mutation) => [mutation.key, mutation])),
    isDown: false,
    /** @type {(Answer<{id?: string} | null> | Error)[]} */
    answers: [],
    /** @type {any[]} */
    sent: [],
    /** @type {string[][]} */
    dropped: [],
    /** @type {number[]} */
    waits: [],
    runLater: () => {},
    sentKeys: () => scene.sent.map(({ key }) => key),
  };
  const outbox = new Outbox({
    storage: storageIn(scene.disk),
    random: () => 1,
    send: (mutation) => {
      if (scene.isDown) return Promise.reject(new Unreachable());
      scene.sent.push(structuredClone(mutation));
      const answer = scene.answers.shift() ?? answered();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    onAnswered: () => {},
    onRenamed: () => {},
    onChange: () => {},
    onRefused: (_mutation, _error, dropped) => scene.dropped.push(dropped.map(({ key }) => key)),
    later: (work, ms) => {
      scene.runLater = work;
      scene.waits.push(ms);
      return /** @type {any} */ (0);
    },
  });
  return { outbox, scene };
}

test('the outbox sends in order and keeps on disk only what is unsent', async () => {
  const { outbox, scene } = outboxOf();

  await Promise.all(['a', 'b', 'c'].map((key) => outbox.add(write(key))));
  await outbox.flush();

  assert.deepEqual(scene.sentKeys(), ['a', 'b', 'c']);
  assert.deepEqual([...scene.disk.keys()], []);
});

test('the outbox waits out a dead network and sends the same key again', async () => {
  const { outbox, scene } = outboxOf();
  scene.answers = [new Unreachable(), new Unreachable(7)];

  await outbox.add(write('a'));
  await outbox.flush();
  await outbox.add(write('b'));
  await outbox.flush();
  const kept = [...scene.disk.keys()];
  scene.runLater();
  await outbox.flush();

  assert.deepEqual(new Set(scene.sentKeys().slice(0, -1)), new Set(['a']), 'b never overtakes a');
  assert.equal(scene.sentKeys().at(-1), 'b');
  assert.ok(scene.waits.includes(7000), 'the server said when to come back');
  assert.deepEqual(kept, ['a', 'b']);
  assert.deepEqual([...scene.disk.keys()], []);
});

test('an answered mutation is sent, and flush waits for a slow disk', async () => {
  const { outbox, scene } = outboxOf();
  /** @type {number[]} */
  const unsent = [];
  const slowDisk = Promise.withResolvers();
  const reachedDisk = Promise.withResolvers();
  outbox.ports.onChange = () => void unsent.push(outbox.waiting.length);
  outbox.ports.storage = {
    ...outbox.ports.storage,
    settle: async (key) => {
      reachedDisk.resolve(null);
      await slowDisk.promise;
      scene.disk.delete(key);
    },
  };

  outbox.add(write('a'));
  outbox.flush();
  await reachedDisk.promise;
  const atTheDisk = unsent.at(-1);
  const flushed = outbox.flush().then(() => [...scene.disk.keys()]);
  slowDisk.resolve(null);

  assert.equal(atTheDisk, 0);
  assert.deepEqual(await flushed, []);
});

test('mutations of an earlier visit are sent first and once', async () => {
  const { outbox, scene } = outboxOf([write('old-1'), write('old-2')]);

  await outbox.restore();
  await outbox.add(write('new'));
  await outbox.flush();

  assert.deepEqual(scene.sentKeys(), ['old-1', 'old-2', 'new']);
});

test('mutations of a new todo are sent with its real id', async () => {
  const { outbox, scene } = outboxOf();
  scene.isDown = true;
  await outbox.add(write('a', 'todo.add', { temp_id: 'new:1', fields: { title: 'x' } }));
  const changes = { labels: ['new:1'] };
  await outbox.add(write('b', 'todo.edit', { todo_id: 'new:1', changes }));
  const fields = { parent_id: 'new:1' };
  await outbox.add(write('c', 'todo.add', { temp_id: 'new:2', fields }));
  await outbox.flush();
  scene.isDown = false;
  scene.answers = [answered({ id: 'real' }), answered(), new Unreachable()];

  await outbox.flush();

  assert.equal(scene.sent[1].todo_id, 'real');
  assert.deepEqual(scene.sent[1].changes, { labels: ['real'] });
  const stored = /** @type {any} */ (scene.disk.get('c'));
  assert.equal(
    stored.fields.parent_id,
    'real',
    'a reload before the send must not bring the provisional id back',
  );
});

test('a refused creation takes along what was built on it and nothing else', async () => {
  const { outbox, scene } = outboxOf();
  scene.isDown = true;
  await outbox.add(write('a', 'todo.add', { temp_id: 'new:1', fields: {} }));
  await outbox.add(write('b', 'todo.complete', { todo_id: 'new:1' }));
  await outbox.add(write('c', 'todo.complete', { todo_id: 'other' }));
  await outbox.flush();
  scene.isDown = false;
  scene.answers = [new Refused(403, { detail: 'no' })];

  await outbox.flush();

  assert.deepEqual(scene.dropped, [['a', 'b']]);
  assert.deepEqual(scene.sentKeys(), ['a', 'c']);
});

test('a refused list takes along what names only its todos', async () => {
  const { outbox, scene } = outboxOf();
  scene.isDown = true;
  await outbox.add(write('a', 'list.add', { temp_id: 'new:l', fields: {} }));
  await outbox.add(write('b', 'todo.add', { temp_id: 'new:1', list_id: 'new:l', fields: {} }));
  await outbox.add(write('c', 'todo.bulk', { todo_ids: ['new:1'], changes: {} }));
  await outbox.flush();
  scene.isDown = false;
  scene.answers = [new Refused(403, { detail: 'no' })];

  await outbox.flush();

  assert.deepEqual(scene.dropped, [['a', 'b', 'c']]);
  assert.deepEqual([...scene.disk.keys()], []);
});

test('a refused change is stored until it was told', async () => {
  const { outbox, scene } = outboxOf();
  /** @type {string[]} */
  const stored = [];
  outbox.ports.onRefused = async () => {
    await new Promise((resolve) => setTimeout(resolve));
    stored.push(...scene.disk.keys());
  };
  scene.answers = [new Refused(403, { detail: 'no' })];

  await outbox.add(write('a'));
  await outbox.flush();

  assert.deepEqual(stored, ['a']);
  assert.deepEqual([...scene.disk.keys()], []);
});

test('a refused change can be sent again under its key', async () => {
  const { outbox, scene } = outboxOf();
  scene.answers = [new Refused(403, { detail: 'no' })];
  await outbox.add(write('a'));
  await outbox.flush();

  await outbox.add(write('a'));
  await outbox.flush();

  assert.deepEqual(scene.sentKeys(), ['a', 'a']);
  assert.deepEqual([...scene.disk.keys()], []);
});

test('a change that cannot be stored is sent, and not kept until the server answers', async () => {
  const { outbox, scene } = outboxOf();
  outbox.ports.storage = {
    ...outbox.ports.storage,
    put: () => Promise.reject(new DOMException('full', 'QuotaExceededError')),
  };
  scene.isDown = true;
  let isKept = false;
  const adding = outbox.add(write('a')).then(() => {
    isKept = true;
  });
  await new Promise((resolve) => setTimeout(resolve));
  const before = [outbox.unkept, isKept];
  scene.isDown = false;

  await outbox.flush();
  await adding;

  assert.deepEqual(before, [1, false]);
  assert.deepEqual(scene.sentKeys(), ['a']);
  assert.equal(outbox.unkept, 0);
});
