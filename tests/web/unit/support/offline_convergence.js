// Random changes on three devices, mostly without a network and with reloads between; then all
// online. Run by tests/clients/javascript/test_offline_convergence.py against the real server.

import assert from 'node:assert/strict';
import { argv, exit } from 'node:process';

import { Device } from './devices.js';
import { assertAllExplained, assertSameAsServer, headsOf } from './offline_checks.js';
import { KINDS } from './offline_kinds.js';
import { randomFrom, Scene } from './offline_scene.js';

/** @import { DevicePage } from './devices.js' */

const [origin, listsText, seed, ...tokens] = argv.slice(2);
const lists = listsText.split(',');
const VISITS = 14;
const MOST_CHANGES = 14;
// Only a failing run waits for this.
const DEADLINE_MS = 20_000;

const random = randomFrom(Number(seed));
/** @param {number} most */
const upTo = (most) => Math.floor(random() * most);
const all = KINDS.reduce((sum, { often }) => sum + often, 0);
let number = 0;

function pickKind() {
  let at = upTo(all);
  return KINDS.find(({ often }) => (at -= often) < 0) ?? KINDS[0];
}

/**
 * Make a random change. Remember what undoes it.
 * @param {DevicePage} page
 */
function change(page) {
  const { device, store, actions, undoers } = page;
  const before = new Set(store.pending.map(({ key }) => key));
  const newest = actions.undos.newest;
  const scene = new Scene(page, lists, random, `${seed}-${number++}`);
  while (!pickKind().make(scene)) { /* there is nothing of that kind */ }
  device.made.push(...store.pending.filter(({ key }) => !before.has(key)));
  if (actions.undos.newest !== newest) undoers.push(actions.undoer());
}

/** @param {() => boolean} isDone */
async function until(isDone) {
  const end = Date.now() + DEADLINE_MS;
  while (!isDone()) {
    assert.ok(Date.now() < end, 'the devices did not come to rest');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** @param {Device} device */
async function visit(device) {
  const isOnline = random() < 0.4;
  const page = device.open({ isOnline });
  await page.start();
  for (let count = upTo(MOST_CHANGES); count > 0; count -= 1) {
    if (isOnline && random() < 0.5) await page.read(new Scene(page, lists, random, '').commented);
    change(page);
    if (random() < 0.3) await new Promise((resolve) => setTimeout(resolve, upTo(15)));
    if (random() < 0.2) await page.saver.save();
  }
  if (isOnline && random() < 0.7) {
    await until(() => page.store.pending.length === 0);
    await page.saver.save();
  }
  // What was made is stored before a reload; the state may be older.
  await until(() => page.outbox.unstored.size === 0);
  page.close();
}

/** @type {Device[]} */
const devices = tokens.map((token) => new Device(origin, token, random));
for (const device of devices) {
  const page = device.open({ isOnline: true });
  await page.start();
  await page.saver.save();
  page.close();
}
for (let count = 0; count < VISITS; count += 1) await visit(devices[upTo(devices.length)]);

const pages = devices.map((device) => device.open({ isOnline: true }));
for (const page of pages) await page.start();
await until(() =>
  pages.every(({ outbox, store }) => outbox.waiting.length + store.pending.length === 0)
);
for (const page of pages) {
  const heads = await headsOf(page.device, lists);
  await until(() =>
    heads.every(({ list_id, seq }) => page.store.confirmed.streams[list_id].seq >= seq)
  );
  await assertSameAsServer(page, lists);
}
const counts = await assertAllExplained(devices, lists);
for (const page of pages) page.close();
console.log(`converged: ${counts}`);
exit(0);
