// Windows of one browser with an outbox each: they share the storage, a lock and a channel.

import { Unreachable } from '../../../../web/sync/api.js';
import { Outbox } from '../../../../web/sync/outbox.js';

/**
 * @import { OutboxStorage, PeerMessage } from '../../../../web/sync/sockets/peers.js'
 * @import { Answer, Mutation } from '../../../../web/types/client.d.ts'
 * @import { Refused } from '../../../../web/sync/api.js'
 */

export class Windows {
  /** @type {Map<string, Mutation>} */
  disk = new Map();
  isDown = false;
  /** @type {Mutation[]} what reached the server, in order */
  sent = [];
  /** @type {(Refused | Unreachable)[]} what the server says next; else success */
  answers = [];
  /** @type {BrowserWindow[]} */
  all = [];
  /** @type {Promise<void>} the end of what has the lock */
  lock = Promise.resolve();

  open() {
    const window = new BrowserWindow(this);
    this.all.push(window);
    return window;
  }

  /** Let all messages arrive, and all that follows from them. */
  async rest() {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve));
  }

  /**
   * @param {Mutation} mutation
   * @returns {Promise<Answer<{id?: string} | null>>}
   */
  send(mutation) {
    if (this.isDown) return Promise.reject(new Unreachable());
    this.sent.push(structuredClone(mutation));
    const refusal = this.answers.shift();
    if (refusal) return Promise.reject(refusal);
    const id = `real-${mutation.key}`;
    return Promise.resolve({ status: 200, body: { id }, positions: [] });
  }
}

class BrowserWindow {
  isAlive = true;
  killBeforeSettling = false;
  /** @type {string[]} */
  answered = [];
  /** @type {string[]} */
  refused = [];
  /** @type {(message: PeerMessage) => void} */
  #listener = () => {};

  /** @param {Windows} windows */
  constructor(windows) {
    this.windows = windows;
    this.outbox = new Outbox({
      storage: this.#storage(),
      send: (mutation) => windows.send(mutation),
      onAnswered: (key) => this.answered.push(key),
      onRefused: ({ key }) => this.refused.push(key),
      onRenamed: () => {},
      onChange: () => {},
      later: () => /** @type {any} */ (0),
      peers: {
        post: (message) => {
          for (const other of windows.all) {
            if (other !== this) setTimeout(() => other.receive(structuredClone(message)));
          }
        },
        listen: (listener) => {
          this.#listener = listener;
        },
        inTurn: (work) => this.#inTurn(work),
        close: () => {},
      },
    });
  }

  /** @param {PeerMessage} message */
  receive(message) {
    if (this.isAlive) this.#listener(message);
  }

  /** The browser ends the process of the window: nothing of it runs any more. */
  kill() {
    this.isAlive = false;
    this.outbox.stop();
    this.#release();
  }

  #release = () => {};

  /** @param {() => Promise<void>} work */
  async #inTurn(work) {
    const before = this.windows.lock;
    const held = Promise.withResolvers();
    this.windows.lock = /** @type {Promise<void>} */ (held.promise);
    this.#release = () => held.resolve(undefined);
    await before;
    try {
      if (this.isAlive) await work();
    } finally {
      held.resolve(undefined);
    }
  }

  /** @returns {OutboxStorage} */
  #storage() {
    const { disk } = this.windows;
    const later = () => new Promise((resolve) => setTimeout(resolve));
    return {
      all: async () => {
        await later();
        return [...disk.values()].map((mutation) => structuredClone(mutation));
      },
      put: async (mutation) => {
        await later();
        disk.set(mutation.key, structuredClone(mutation));
      },
      settle: async (key, changed) => {
        if (this.killBeforeSettling) this.kill();
        await later();
        if (!this.isAlive) return;
        disk.delete(key);
        for (const mutation of changed) disk.set(mutation.key, structuredClone(mutation));
      },
    };
  }
}
