// A device of a user that may be without a network: the parts of a page, on a storage in memory
// that a reload leaves as it is. Its network loses answers.

import { StateInMemory } from './stored_state.js';
import { TokenSession } from '../../../../clients/javascript/token_session.js';
import { StateSaver } from '../../../../web/storage/state_saver.js';
import { Actions } from '../../../../web/store/actions.js';
import { Store } from '../../../../web/store/store.js';
import { Unreachable } from '../../../../web/sync/api.js';
import { Live } from '../../../../web/sync/live_sync.js';
import { Outbox } from '../../../../web/sync/outbox.js';
import { requestOf } from '../../../../web/sync/requests.js';
import { allComments } from '../../../../web/sync/threads/comment_pages.js';

/**
 * @import { TodoPage, TodoShape } from '../../../../web/types/contract.d.ts'
 * @import { Answer, Mutation, RequestOptions, Todo } from '../../../../web/types/client.d.ts'
 * @import { Refused } from '../../../../web/sync/api.js'
 */

export class Device {
  state = new StateInMemory();
  /** @type {Map<string, Mutation>} */
  unsent = new Map();
  /** @type {Mutation[]} all changes that the user made on this device */
  made = [];
  /** @type {Map<string, {mutation: Mutation, error: Refused, root: string}>} by key */
  refused = new Map();

  /**
   * @param {string} origin
   * @param {string} token
   * @param {() => number} random
   */
  constructor(origin, token, random) {
    this.origin = origin;
    this.session = new TokenSession(origin, token);
    this.random = random;
  }

  /** Open the page, as after a reload: nothing is left but what is stored. */
  open({ isOnline = false } = {}) {
    return new DevicePage(this, isOnline);
  }
}

export class DevicePage {
  store = new Store();
  /** @type {TodoShape[]} */
  trash = [];
  /** @type {(() => unknown)[]} what undoes each change of this visit */
  undoers = [];
  #isGone = false;

  /**
   * @param {Device} device
   * @param {boolean} isOnline
   */
  constructor(device, isOnline) {
    this.device = device;
    this.isOnline = isOnline;
    const { store } = this;
    this.outbox = new Outbox({
      storage: memory(device.unsent, () => this.#isGone),
      send: (mutation) => this.#send(mutation),
      onAnswered: (key, positions) => store.answered(key, positions),
      onRefused: ({ key }, error, dropped) => this.#refused(key, error, dropped),
      onRenamed: (from, to) => store.rename(from, to),
      onAdded: (mutation) => store.addPending(mutation),
      onChange: () => {},
      later: (work) => setTimeout(work, 5),
    });
    this.actions = new Actions({ store, outbox: this.outbox });
    this.saver = new StateSaver({
      storage: device.state,
      store,
      release: 'r1',
      onFailed: (error) => {
        throw error;
      },
    });
    this.live = new Live({
      session: device.session,
      store,
      url: `${device.origin.replace(/^http/, 'ws')}/ws`,
      onSignIn: (text) => {
        throw new Error(text);
      },
    });
  }

  async start() {
    const { device, store, live } = this;
    const isStored = device.state.account !== '';
    if (isStored) {
      store.restore(device.state.restored());
      this.saver.goOnFrom({
        state: store.confirmed,
        generation: device.state.generation,
        openedAt: new Map(),
        sizes: new Map(),
      });
    }
    for (const mutation of await this.outbox.restore()) store.addPending(mutation);
    this.saver.start();
    if (isStored && this.isOnline) live.startStored();
    else if (this.isOnline) {
      await live.start();
      await live.loadAll();
    }
  }

  /** @param {Mutation} mutation */
  async #send(mutation) {
    if (!this.isOnline) throw new Unreachable();
    const { method, path, body } = requestOf(mutation);
    /** @type {RequestOptions} */
    const options = { body, key: mutation.key };
    const answer = await this.device.session.call(method, path, options);
    // The change was made, and the device does not learn of it.
    if (this.device.random() < 0.2) throw new Unreachable();
    return /** @type {any} */ (answer);
  }

  /**
   * @param {string} root the key of the change that the others were built on
   * @param {Refused} error
   * @param {Mutation[]} dropped
   */
  #refused(root, error, dropped) {
    for (const mutation of dropped) {
      this.device.refused.set(mutation.key, { mutation, error, root });
    }
    this.store.dropPending(new Set(dropped.map(({ key }) => key)));
  }

  /**
   * Read what a user looks at who opens the trash, and a todo: its comments are kept from then on.
   * @param {Todo | undefined} todo
   */
  async read(todo) {
    const { session } = this.device;
    /** @type {Answer<TodoPage>} */
    const { body } = await session.call('GET', '/todos?trash=true&limit=100');
    this.trash = body.items;
    if (!todo || todo.pending) return;
    this.store.openThread('comments', todo.list_id, todo.id);
    const comments = await allComments(session, todo.id).catch(() => null);
    if (comments) this.store.takeThread('comments', todo.list_id, todo.id, comments);
  }

  /** The page is gone: nothing of it is written, sent or received any more. */
  close() {
    this.#isGone = true;
    this.live.stop();
    this.outbox.stop();
    this.saver.stop();
  }
}

/**
 * @param {Map<string, Mutation>} rows
 * @param {() => boolean} isGone the page of it
 */
const memory = (rows, isGone) => ({
  all: () => Promise.resolve([...rows.values()].map((row) => structuredClone(row))),
  put: (/** @type {Mutation} */ mutation) =>
    Promise.resolve(void rows.set(mutation.key, structuredClone(mutation))),
  settle: (/** @type {string} */ key, /** @type {Mutation[]} */ changed) => {
    if (isGone()) return Promise.resolve();
    rows.delete(key);
    for (const mutation of changed) rows.set(mutation.key, structuredClone(mutation));
    return Promise.resolve();
  },
});
