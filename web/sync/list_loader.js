// Loads the snapshots of lists into the store, with the events that come while one is on its way.

import { Refused } from './api.js';

/**
 * @import { EventFrame, ListSnapshot } from '../types/contract.d.ts'
 * @import { Answer } from '../types/client.d.ts'
 * @import { Session } from './session.js'
 * @import { Store } from '../store/store.js'
 */

const RETRY_MS = 3_000;
// Snapshots at a time: so few that the visible list does not wait for all the others.
const AT_ONCE = 2;

/**
 * @typedef {object} ListLoaderPorts
 * @property {Session} session
 * @property {Store} store
 * @property {(meanwhile: EventFrame[]) => void} onLoaded events that came since the request
 * @property {() => void} onDone a load ended, well or not
 */

export class ListLoader {
  /** @type {Map<string, EventFrame[]>} lists being loaded, with the events meanwhile */
  #loading = new Map();
  #stopped = false;

  /** @param {ListLoaderPorts} ports */
  constructor(ports) {
    this.ports = ports;
  }

  stop() {
    this.#stopped = true;
  }

  get isBusy() {
    return this.#loading.size > 0;
  }

  /** @param {string} listId */
  isLoading(listId) {
    return this.#loading.has(listId);
  }

  /**
   * Keep an event of a list that is being loaded, to apply it after the snapshot.
   * @param {EventFrame} frame
   */
  keep(frame) {
    this.#loading.get(frame.list)?.push(frame);
  }

  /**
   * Load a list's content unless it is loaded or being loaded.
   * @param {string} listId
   */
  async load(listId, { again = false } = {}) {
    const { store, onLoaded, onDone } = this.ports;
    const { contents, lists } = store.confirmed;
    if (this.#loading.has(listId) || (!again && contents[listId]) || !lists[listId]) return;
    /** @type {EventFrame[]} */
    const meanwhile = [];
    this.#loading.set(listId, meanwhile);
    try {
      const snapshot = await this.#fetch(listId);
      this.#loading.delete(listId);
      if (this.#stopped) return;
      store.takeList(snapshot);
      onLoaded(meanwhile);
    } catch (error) {
      this.#loading.delete(listId);
      if (error instanceof Refused) {
        if (error.status === 404) store.leaveList(listId, 'removed');
      } else if (!this.#stopped) {
        setTimeout(() => this.load(listId, { again }), RETRY_MS);
      }
    }
    onDone();
  }

  /**
   * Join the pages of a snapshot. What changes between two pages also comes as an event after the
   * position of the first page.
   * @param {string} listId
   */
  async #fetch(listId) {
    const { session } = this.ports;
    const path = `/lists/${encodeURIComponent(listId)}/snapshot`;
    /** @type {Answer<ListSnapshot>} */
    const { body } = await session.call('GET', path);
    let cursor = body.next_cursor;
    while (cursor) {
      /** @type {Answer<ListSnapshot>} */
      const page = await session.call('GET', `${path}?cursor=${encodeURIComponent(cursor)}`);
      body.todos.push(...page.body.todos);
      cursor = page.body.next_cursor;
    }
    return body;
  }

  /** Load every list in use: Today and Upcoming are computed over all of them. */
  async loadAll() {
    const waiting = Object.values(this.ports.store.confirmed.lists)
      .filter((list) => !list.deleted_at && !list.archived_at).map((list) => list.id);
    const loadNext = async () => {
      for (let next = waiting.shift(); next && !this.#stopped; next = waiting.shift()) {
        await this.load(next);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, loadNext));
  }
}
