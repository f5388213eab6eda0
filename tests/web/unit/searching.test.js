// What is found on the server: asked once for a text, again after a failure, and by each user.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { emptyState } from '../../../web/sync/state.js';
import { findMore } from '../../../web/views/tools/searching.js';

/** @type {() => Promise<void>} the pause after the last letter is over */
let afterPause;
globalThis.setTimeout = /** @type {any} */ ((/** @type {() => Promise<void>} */ work) => {
  afterPause = work;
  return 0;
});
beforeEach(() => {
  afterPause = () => Promise.resolve();
});

/** @param {string} userId */
function scene(userId) {
  /** @type {string[]} */
  const asked = [];
  /** @type {any} */
  const app = {
    store: {
      shown: { ...emptyState(), account: { id: userId } },
      connection: { state: 'live' },
    },
    isDown: false,
    session: {
      call: (/** @type {string} */ _method, /** @type {string} */ path) => {
        asked.push(path);
        if (app.isDown) return Promise.reject(new Error('unreachable'));
        const item = { todo_id: 't', list_id: 'l', title: `Of ${userId}`, comment_id: null };
        return Promise.resolve({ body: { is_approximate: false, items: [item] } });
      },
    },
  };
  /** @param {string} text */
  const found = (text) =>
    findMore(app, text, [], { onAnswer: () => {} }).found.map(({ title }) => title);
  return { app, asked, found };
}

test('the next user of the window asks anew and sees nothing of the one before', async () => {
  const [ana, ben] = [scene('ana'), scene('ben')];
  ana.found('paint');
  await afterPause();
  const own = ana.found('paint');

  const others = ben.found('paint');
  await afterPause();

  assert.deepEqual([own, others, ben.found('paint')], [['Of ana'], [], ['Of ben']]);
});

test('an answer to the user before is not shown to the next one', async () => {
  const [ana, ben] = [scene('ana'), scene('ben')];
  ana.found('paint');
  const late = afterPause;
  ben.found('paint');
  await late();

  assert.deepEqual(ben.found('paint'), []);
});

test('a search that failed, or was made offline, is repeated for the same text', async () => {
  const { app, asked, found } = scene('ana');
  app.isDown = true;
  found('failed');
  await afterPause();
  app.isDown = false;
  found('failed');
  await afterPause();
  const afterFailure = [found('failed'), asked.length];
  app.store.connection.state = 'offline';
  found('offline');
  app.store.connection.state = 'live';
  found('offline');
  await afterPause();

  assert.deepEqual(afterFailure, [['Of ana'], 2]);
  assert.deepEqual(found('offline'), ['Of ana']);
});
