// The outbox of several windows: they share the storage, one sends at a time, all show the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Windows } from './support/windows.js';
import { Mutations } from '../../../web/store/mutations.js';
import { Store } from '../../../web/store/store.js';
import { Refused } from '../../../web/sync/api.js';

/** @import { Mutation, MutationKind } from '../../../web/types/client.d.ts' */

/**
 * @param {string} key
 * @param {MutationKind} [kind]
 * @param {object} [fields]
 */
const write = (
  key,
  kind = 'todo.edit',
  fields = {},
) => /** @type {Mutation} */ (/** @type {unknown} */ ({ key, kind, ...fields }));

test('what one window makes waits in all of them, and is sent once', async () => {
  const windows = new Windows();
  const [a, b] = [windows.open(), windows.open()];
  windows.isDown = true;
  await a.outbox.add(write('a1'));
  await b.outbox.add(write('b1'));
  await windows.rest();
  const waiting = [a, b].map(({ outbox }) => outbox.waiting.map(({ key }) => key));
  windows.isDown = false;
  windows.sent.length = 0;

  await Promise.all([a.outbox.flush(), b.outbox.flush()]);
  await windows.rest();

  assert.deepEqual(waiting, [['a1', 'b1'], ['a1', 'b1']]);
  assert.deepEqual(windows.sent.map(({ key }) => key), ['a1', 'b1']);
  assert.deepEqual([a.outbox.waiting, b.outbox.waiting, [...windows.disk]], [[], [], []]);
  assert.deepEqual([a.answered, b.answered], [['a1', 'b1'], ['a1', 'b1']]);
});

test('a window that is killed leaves its writes to the others', async () => {
  const windows = new Windows();
  const [a, b] = [windows.open(), windows.open()];
  windows.isDown = true;
  await a.outbox.add(write('a1', 'todo.add', { temp_id: 'new:1', fields: {} }));
  await a.outbox.add(write('a2', 'todo.complete', { todo_id: 'new:1' }));
  await windows.rest();
  a.kill();
  windows.isDown = false;
  windows.sent.length = 0;

  await b.outbox.flush();

  const sent = /** @type {any[]} */ (windows.sent);
  assert.deepEqual(sent.map(({ key, todo_id }) => [key, todo_id]), [
    ['a1', undefined],
    ['a2', 'real-a1'],
  ]);
});

test('a window that was killed between the answer and the storage costs a repetition', async () => {
  const windows = new Windows();
  const [a, b] = [windows.open(), windows.open()];
  await b.outbox.restore();
  a.killBeforeSettling = true;
  await a.outbox.add(write('a1'));
  await windows.rest();

  await b.outbox.add(write('b1'));
  await b.outbox.flush();

  assert.deepEqual([...new Set(windows.sent.map(({ key }) => key))], ['a1', 'b1']);
  assert.deepEqual([b.outbox.waiting, [...windows.disk]], [[], []]);
});

test('a window that was killed leaves no provisional id to the next visit', async () => {
  const windows = new Windows();
  const [a, b] = [windows.open(), windows.open()];
  await b.outbox.restore();
  windows.isDown = true;
  await a.outbox.add(write('a1', 'todo.add', { temp_id: 'new:1', fields: {} }));
  await a.outbox.add(write('a2', 'todo.complete', { todo_id: 'new:1' }));
  await windows.rest();
  a.killBeforeSettling = true;
  windows.isDown = false;
  await a.outbox.flush();
  await windows.rest();

  // The other window gets its turn, and is killed before it can send.
  windows.isDown = true;
  await b.outbox.flush();
  b.kill();
  const next = windows.open();
  windows.isDown = false;
  await next.outbox.restore();
  await next.outbox.flush();

  const sent = /** @type {any} */ (windows.sent.at(-1));
  assert.deepEqual([sent.key, sent.todo_id], ['a2', 'real-a1']);
  assert.deepEqual([...windows.disk], []);
});

test('a write that names what another window just created gets the real id', async () => {
  const windows = new Windows();
  const [a, b] = [windows.open(), windows.open()];
  await a.outbox.add(write('a1', 'todo.add', { temp_id: 'new:1', fields: {} }));
  await windows.rest();

  await b.outbox.add(write('b1', 'todo.complete', { todo_id: 'new:1' }));
  await b.outbox.flush();

  assert.equal(/** @type {any} */ (windows.sent.at(-1)).todo_id, 'real-a1');
});

test('what the server refuses is taken back in all windows', async () => {
  const windows = new Windows();
  const [a, b] = [windows.open(), windows.open()];
  windows.answers.push(new Refused(403, { detail: 'Not you.', code: 'forbidden' }));

  await a.outbox.add(write('a1'));
  await windows.rest();

  assert.deepEqual([a.refused, b.refused], [['a1'], ['a1']]);
  assert.deepEqual([a.outbox.waiting, b.outbox.waiting, [...windows.disk]], [[], [], []]);
});

test('a refused change that two windows send again is made once', async () => {
  const windows = new Windows();
  const [a, b] = [windows.open(), windows.open()];
  const [here, there] = [a, b].map(({ outbox }) => new Mutations({ store: new Store(), outbox }));
  const refusal = new Refused(403, { detail: 'Not you.', code: 'forbidden' });
  windows.answers.push(refusal, refusal);
  const change = write('a1', 'list.edit', { list_id: 'l1', changes: {} });
  await a.outbox.add(change);
  await windows.rest();

  here.retry([change]);
  await windows.rest();
  there.retry([change]);
  await windows.rest();
  const second = { ...change, key: 'a1.2' };
  here.retry([second]);
  there.retry([second]);
  await windows.rest();
  there.retry([second]);
  await windows.rest();

  assert.deepEqual(a.refused, ['a1', 'a1.2']);
  assert.deepEqual([...new Set(windows.sent.map(({ key }) => key))], ['a1', 'a1.2', 'a1.3']);
  assert.equal(windows.sent.length, 3, 'what the server has answered is not sent again');
  assert.deepEqual([a.outbox.waiting, b.outbox.waiting, [...windows.disk]], [[], [], []]);
});

test('an answer that is told while the storage is mended is not forgotten', async () => {
  const windows = new Windows();
  const window = windows.open();
  const { outbox } = window;
  for (
    const mutation of [
      write('done'),
      write('a1', 'todo.add', { temp_id: 'new:1', fields: {} }),
      write('a2', 'todo.complete', { todo_id: 'new:1' }),
    ]
  ) windows.disk.set(mutation.key, mutation);
  outbox.done.add('done');
  const { storage } = outbox.ports;
  const { settle } = storage;
  storage.settle = (key, changed) => {
    const renamed = { from: 'new:1', to: 't1' };
    if (key === 'done') window.receive({ type: 'answered', key: 'a1', positions: [], renamed });
    return settle(key, changed);
  };

  await outbox.restore();
  await outbox.flush();

  const sent = /** @type {any[]} */ (windows.sent);
  assert.deepEqual(sent.map(({ key, todo_id }) => [key, todo_id]), [['a2', 't1']]);
});
