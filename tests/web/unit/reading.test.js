// What a view reads: what is said when that fails, and when it is read again by itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Store } from '../../../web/store/store.js';
import { Reading } from '../../../web/views/base/reading.js';

/** Return a reading whose attempts fail while `scene.isBroken`. */
function sceneWith() {
  const store = new Store();
  const scene = { isBroken: true, attempts: 0, changes: 0 };
  const reading = new Reading(
    store,
    () => {
      scene.attempts += 1;
      return scene.isBroken ? Promise.reject(new Error('lost')) : Promise.resolve();
    },
    () => {
      scene.changes += 1;
    },
  );
  reading.start();
  /** @param {import('../../../web/store/store.js').Connection} state */
  const become = async (state) => {
    store.setConnection(state);
    await new Promise((done) => setTimeout(done));
  };
  return { scene, reading, become };
}

test('what failed offline is read again by itself, once the connection is live', async () => {
  const { scene, reading, become } = sceneWith();
  await become('offline');
  await reading.run();
  assert.equal(reading.failure, null);
  assert.notEqual(reading.error, null);

  await become('catching-up');
  assert.equal(scene.attempts, 1, 'not while the page only tries to connect');
  scene.isBroken = false;
  await become('live');

  assert.equal(scene.attempts, 2);
  assert.equal(reading.error, null);
  reading.stop();
  await become('offline');
  await become('live');
  assert.equal(scene.attempts, 2);
});

test('what failed with a connection is said, and read again once that was lost', async () => {
  const { scene, reading, become } = sceneWith();
  await become('live');
  await reading.run();
  assert.notEqual(reading.failure, null);

  await become('catching-up');
  await become('live');
  assert.equal(scene.attempts, 1);
  const { changes } = scene;
  await become('offline');
  assert.equal(reading.failure, null);
  assert.equal(scene.changes, changes + 1, 'the view says something else now');
  await become('live');
  assert.equal(scene.attempts, 2);
  assert.notEqual(reading.failure, null);
});
