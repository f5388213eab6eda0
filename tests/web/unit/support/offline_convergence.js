// Random edits on two devices, mostly without a network and with reloads between; then both online.
// Run by tests/clients/javascript/test_offline_convergence.py against the real server.

import assert from 'node:assert/strict';
import { argv, exit } from 'node:process';

import { Device } from './devices.js';
import { RANKED, sorted } from '../../../../web/sync/todo_order.js';

/**
 * @import { EventFrame, ListSnapshot } from '../../../../web/types/contract.d.ts'
 * @import { Answer } from '../../../../web/types/client.d.ts'
 */

const [origin, listId, seed, ...tokens] = argv.slice(2);
const VISITS = 12;
const MOST_EDITS = 6;
// Only a failing run waits for this.
const DEADLINE_MS = 20_000;

/**
 * Return a source of numbers in [0, 1) that are the same for the same seed (mulberry32).
 * @param {number} state
 */
function randomFrom(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const random = randomFrom(Number(seed));
/** @param {number} most */
const upTo = (most) => Math.floor(random() * most);
let number = 0;

/**
 * Make a random change.
 * @param {ReturnType<Device['open']>} page
 */
function edit({ actions, store }) {
  const todos = sorted(store.shown.contents[listId].todos, RANKED);
  const [todo, other] = [todos[upTo(todos.length)], todos[upTo(todos.length)]];
  const name = `${seed}-${number++}`;
  const kind = todo ? random() : 0;
  if (kind < 0.35) actions.addTodo(listId, { title: name, description: name });
  else if (kind < 0.65) actions.editTodo(todo.id, { title: name });
  else if (kind < 0.8) actions.tick(todo.id);
  else if (kind < 0.92 && todo !== other) actions.moveTodo(todo.id, { before_id: other.id });
  else actions.deleteTodo(todo.id);
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
  for (let count = upTo(MOST_EDITS); count > 0; count -= 1) {
    const before = new Set(page.store.pending.map(({ key }) => key));
    edit(page);
    device.made.push(...page.store.pending.filter(({ key }) => !before.has(key)));
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

/**
 * @template Body
 * @param {string} path
 * @returns {Promise<Body>}
 */
async function read(path) {
  /** @type {Answer<Body>} */
  const { body } = await devices[0].session.call('GET', path);
  return body;
}

/** @type {ListSnapshot} */
const snapshot = await read(`/lists/${listId}/snapshot`);
const head = snapshot.stream.seq;
await until(() => pages.every(({ store }) => store.confirmed.streams[listId].seq === head));
const byId = (/** @type {{id: string}} */ a, /** @type {{id: string}} */ b) => a.id < b.id ? -1 : 1;
for (const { store } of pages) {
  assert.deepEqual([...store.shown.contents[listId].todos].sort(byId), snapshot.todos.sort(byId));
}

/** @type {EventFrame[]} */
const events = [];
while (events.length === 0 || events[events.length - 1].seq < head) {
  const since = events.at(-1)?.seq ?? 0;
  /** @type {{items: EventFrame[]}} */
  const page = await read(
    `/lists/${listId}/events?since=${since}&epoch=${snapshot.stream.epoch}`,
  );
  assert.notEqual(page.items.length, 0);
  events.push(...page.items);
}
/** @type {Map<string, EventFrame[]>} */
const eventsOf = Map.groupBy(events, ({ mutation }) => mutation ?? '');
const left = new Set(snapshot.todos.map(({ id }) => id));
let kept = 0;
for (const device of devices) {
  for (const { key, kind } of device.made) {
    const caused = eventsOf.get(key) ?? [];
    const refused = device.refused.get(key);
    if (refused) {
      // The other device deleted the todo: nothing else is refused.
      assert.ok(refused.ids.some((id) => !left.has(id) && !id.startsWith('new:')), kind);
      assert.equal(caused.length, 0);
    } else if (kind === 'todo.add') assert.equal(caused.length, 1, `${kind} ${key}`);
    else if (kind === 'todo.edit') assert.ok(caused.length <= 1, `${kind} ${key}`);
    kept += caused.length > 0 ? 1 : 0;
  }
  assert.equal(device.unsent.size, 0);
}
const texts = snapshot.todos.map(({ description }) => description);
assert.equal(new Set(texts).size, texts.length, 'no todo is there twice');
for (const page of pages) page.close();
console.log(`converged: ${kept} changes, ${snapshot.todos.length} todos, ${head} events`);
exit(0);
