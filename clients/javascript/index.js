// A client for programs: the store, the live sync and the outbox of the web client, signed in by an
// API token. index.d.ts declares what a program may use.

import { Store } from '../../web/store/store.js';
import { knownRequestOf } from '../../web/sync/api.js';
import { newKey, newTempId } from '../../web/sync/keys.js';
import { Live } from '../../web/sync/live_sync.js';
import { Outbox } from '../../web/sync/outbox.js';
import { RANKED, sorted } from '../../web/sync/todo_order.js';
import { restoreState, saveState } from './saved_state.js';
import { TokenSession } from './token_session.js';

export { Refused, Unreachable } from '../../web/sync/api.js';

/**
 * @import { MyListShape } from '../../web/types/contract.d.ts'
 * @import {
 *   Answer, Mutation, MutationKind, RequestOptions, Todo,
 * } from '../../web/types/mutations.d.ts'
 * @import { Change, LivelistEvents, LivelistOptions } from './index.d.ts'
 * @import { OutboxStorage } from '../../web/sync/sockets/peers.js'
 *
 * @typedef {object} Waiter of the answer to a change
 * @property {(answer: Answer<any>) => void} resolve
 * @property {(error: unknown) => void} reject
 */

/**
 * Return the storage of a program that keeps no unsent changes beyond its run.
 * @returns {OutboxStorage}
 */
function memoryStorage() {
  /** @type {Map<string, Mutation>} */
  const kept = new Map();
  return {
    all: () => Promise.resolve([...kept.values()]),
    put(mutation) {
      kept.set(mutation.key, mutation);
      return Promise.resolve();
    },
    settle(key, changed) {
      kept.delete(key);
      for (const mutation of changed) kept.set(mutation.key, mutation);
      return Promise.resolve();
    },
  };
}

export class Livelist {
  #store = new Store();
  #session;
  #live;
  #outbox;
  /** @type {Map<string, Waiter>} by the key of the change */
  #waiters = new Map();
  /** @type {Set<(reason: string) => void>} */
  #closedListeners = new Set();

  /** @param {LivelistOptions} options */
  constructor({ url, token, saved, storage = memoryStorage() }) {
    const { origin } = new URL(url);
    if (saved) this.#store.confirmed = restoreState(saved);
    this.#session = new TokenSession(origin, token);
    this.#live = new Live({
      session: this.#session,
      store: this.#store,
      url: `${origin.replace(/^http/, 'ws')}/ws`,
      onSignIn: (text) => this.#ended(text),
    });
    this.#outbox = new Outbox({
      storage,
      send: (mutation) => this.#deliver(mutation),
      onAnswered: (key, _positions, answer) => answer && this.#answered(key, answer),
      onRefused: (_mutation, error, dropped) => {
        this.#store.dropPending(new Set(dropped.map(({ key }) => key)));
        for (const { key } of dropped) this.#settle(key, ({ reject }) => reject(error));
      },
      onRenamed: (from, to) => this.#store.rename(from, to),
      onChange: () => this.#store.setUnsent(this.#outbox.waiting.length),
    });
  }

  /** Load all lists in use, and follow them until close(). Send what an earlier run could not. */
  async start() {
    await this.#live.start();
    for (const mutation of await this.#outbox.restore()) this.#store.addPending(mutation);
    await this.#live.loadAll();
  }

  /** Stop following, and reject what was not sent. */
  close() {
    this.#live.stop();
    this.#outbox.stop();
    for (const key of [...this.#waiters.keys()]) {
      this.#settle(key, ({ reject }) => reject(new Error('The client was closed.')));
    }
  }

  get connection() {
    return this.#store.connection;
  }

  /**
   * Call a listener at each event of that name. Return what ends it.
   * @template {keyof LivelistEvents} Name
   * @param {Name} name
   * @param {(detail: LivelistEvents[Name]) => void} listener
   * @returns {() => void}
   */
  on(name, listener) {
    // The compiler does not relate a generic name to its detail; the parameters do.
    const call = /** @type {(detail: unknown) => void} */ (listener);
    if (name === 'closed') {
      this.#closedListeners.add(call);
      return () => this.#closedListeners.delete(call);
    }
    const type = name === 'event' ? 'applied' : 'change';
    const listen = (/** @type {CustomEvent<unknown>} */ { detail }) => call(detail);
    this.#store.addEventListener(type, listen);
    return () => this.#store.removeEventListener(type, listen);
  }

  /** @returns {MyListShape[]} */
  lists() {
    return Object.values(this.#store.shown.lists).filter((list) => !list.deleted_at);
  }

  /**
   * @param {string} listId
   * @returns {Todo[]}
   */
  todos(listId) {
    return [...sorted(this.#store.shown.contents[listId]?.todos, RANKED)]
      .filter((todo) => !todo.deleted_at);
  }

  /**
   * Load the todos of a list that is archived, which start() does not.
   * @param {string} listId
   */
  load(listId) {
    return this.#live.load(listId);
  }

  /**
   * Make a change. It shows at once, is sent until the server answers, and is made once for a key.
   * @template {MutationKind} Kind
   * @template [Body=unknown]
   * @param {Kind} kind
   * @param {Change<Kind>} fields
   * @param {string} [key] Idempotency-Key
   * @returns {Promise<Body>} what the server answered
   */
  send(kind, fields, key = newKey()) {
    const isCreation = kind.endsWith('.add');
    const values = {
      ...(isCreation && { temp_id: newTempId() }),
      ...(kind === 'todo.add' && { before_id: null, after_id: null, due_at: null }),
      ...fields,
      key,
      kind,
      at: new Date().toISOString(),
    };
    // The compiler does not relate a generic kind to its fields; the parameters do.
    const mutation = /** @type {Mutation} */ (/** @type {unknown} */ (values));
    return new Promise((resolve, reject) => {
      this.#waiters.set(key, { resolve: ({ body }) => resolve(body), reject });
      this.#store.addPending(mutation);
      this.#outbox.add(mutation);
    });
  }

  /**
   * Send any other request, once.
   * @template [Body=null]
   * @param {string} method
   * @param {string} path below /api/v1
   * @param {RequestOptions} [options]
   * @returns {Promise<Answer<Body>>}
   */
  call(method, path, options) {
    return this.#session.call(method, path, options);
  }

  /** Return what the next run of the program needs to go on from here, as JSON. */
  save() {
    return saveState(this.#store.confirmed);
  }

  /** @param {Mutation} mutation */
  async #deliver(mutation) {
    const { method, path, body } = knownRequestOf(mutation);
    return await this.#session.call(method, path, { body, key: mutation.key });
  }

  /**
   * @param {string} key
   * @param {Answer<unknown>} answer
   */
  #answered(key, answer) {
    this.#store.answered(key, answer.positions);
    this.#settle(key, ({ resolve }) => resolve(answer));
  }

  /**
   * @param {string} key
   * @param {(waiter: Waiter) => void} settle
   */
  #settle(key, settle) {
    const waiter = this.#waiters.get(key);
    this.#waiters.delete(key);
    if (waiter) settle(waiter);
  }

  /** @param {string} reason */
  #ended(reason) {
    this.close();
    for (const listener of this.#closedListeners) listener(reason);
  }
}
