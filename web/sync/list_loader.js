// Loads the snapshots of lists into the store, with the events that come while one is on its way.

import { Refused } from './api.js';
import { own } from '../own.js';

/**
 * @import { EventFrame, ListSnapshot, ListSnapshots } from '../types/contract.d.ts'
 * @import { Answer, LiveSession } from '../types/client.d.ts'
 * @import { Store } from '../store/store.js'
 */

const RETRY_MS = 3_000;

/**
 * @typedef {object} ListLoaderPorts
 * @property {LiveSession} session
 * @property {Store} store
 * @property {(meanwhile: EventFrame[]) => void} onLoaded events that came since the request
 * @property {() => void} onDone a load ended, well or not
 */

export class ListLoader {
  /** @type {Map<string, EventFrame[]>} lists being loaded, with the events meanwhile */
  #loading = new Map();
  /** @type {EventFrame[] | null} the events while several lists are being loaded at once */
  #meanwhile = null;
  /** @type {Promise<void> | null} */
  #loadingAll = null;
  #stopped = false;

  /** @param {ListLoaderPorts} ports */
  constructor(ports) {
    this.ports = ports;
  }

  stop() {
    this.#stopped = true;
  }

  get isBusy() {
    return this.#loading.size > 0 || this.#meanwhile !== null;
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
    this.#meanwhile?.push(frame);
  }

  /**
   * Load a list's content unless it is loaded or being loaded.
   * @param {string} listId
   */
  async load(listId, { again = false } = {}) {
    const { store, onLoaded, onDone } = this.ports;
    const { contents, lists } = store.confirmed;
    const isWhole = own(contents, listId)?.isWhole;
    if (this.#loading.has(listId) || (!again && isWhole) || !own(lists, listId)) return;
    /** @type {EventFrame[]} */
    const meanwhile = [];
    this.#loading.set(listId, meanwhile);
    try {
      const snapshot = await this.#fetch(listId, meanwhile);
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
   * Fetch a list. If it has several pages, show the first one until the others are there.
   * @param {string} listId
   * @param {EventFrame[]} meanwhile the events since the request
   */
  async #fetch(listId, meanwhile) {
    const { session, store, onLoaded } = this.ports;
    /** @type {Answer<ListSnapshot>} */
    const { body } = await session.call('GET', snapshotPath(listId));
    const { contents, lists } = store.confirmed;
    if (body.next_cursor && !contents[listId] && lists[listId] && !this.#stopped) {
      store.takeList(body);
      onLoaded([...meanwhile]);
    }
    return await this.#fetchRest(body);
  }

  /**
   * Join the pages of a snapshot. What changes between two pages also comes as an event after the
   * position of the first page.
   * @param {ListSnapshot} snapshot its first page, to which the others are added
   */
  async #fetchRest(snapshot) {
    const path = snapshotPath(snapshot.list.id);
    let cursor = snapshot.next_cursor;
    while (cursor) {
      /** @type {Answer<ListSnapshot>} */
      const page = await this.ports.session.call(
        'GET',
        `${path}?cursor=${encodeURIComponent(cursor)}`,
      );
      snapshot.todos.push(...page.body.todos);
      cursor = page.body.next_cursor;
    }
    snapshot.next_cursor = null;
    return snapshot;
  }

  /**
   * Load every list in use, several in a request: Today and Upcoming are computed over all of them.
   */
  loadAll() {
    this.#loadingAll ??= this.#loadAll().finally(() => {
      this.#loadingAll = null;
    });
    return this.#loadingAll;
  }

  async #loadAll() {
    /** @type {string | null} */
    let cursor = '';
    while (cursor !== null && this.#lacksLists()) cursor = await this.#loadSeveral(cursor);
    this.#meanwhile = null;
    this.ports.onDone();
  }

  #lacksLists() {
    const { contents, lists } = this.ports.store.confirmed;
    return !this.#stopped &&
      Object.values(lists).some((list) =>
        !list.deleted_at && !list.archived_at && !contents[list.id]
      );
  }

  /**
   * Load the lists of one answer.
   * @param {string} cursor
   * @returns {Promise<string | null>} the cursor of the next answer, or the same one after an error
   */
  async #loadSeveral(cursor) {
    this.#meanwhile = [];
    try {
      /** @type {Answer<ListSnapshots>} */
      const { body } = await this.ports.session.call(
        'GET',
        `/users/me/list-snapshots${cursor && `?cursor=${encodeURIComponent(cursor)}`}`,
      );
      for (const snapshot of body.items) await this.#take(snapshot, this.#meanwhile);
      return body.next_cursor;
    } catch (error) {
      if (error instanceof Refused) return null;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      return cursor;
    }
  }

  /**
   * Put a list into the store, unless it was loaded meanwhile or the user is no member any more.
   * @param {ListSnapshot} snapshot its first page
   * @param {EventFrame[]} meanwhile the events since the request
   */
  async #take(snapshot, meanwhile) {
    const { store, onLoaded } = this.ports;
    const listId = snapshot.list.id;
    const isWanted = () =>
      store.confirmed.lists[listId] && !store.confirmed.contents[listId] &&
      !this.#loading.has(listId) && !this.#stopped;
    if (!isWanted()) return;
    try {
      await this.#fetchRest(snapshot);
    } catch (error) {
      // Such as a reset: this list begins again on its own.
      if (!(error instanceof Refused)) throw error;
      await this.load(listId);
      return;
    }
    if (!isWanted()) return;
    store.takeList(snapshot);
    onLoaded(meanwhile.filter((frame) => frame.list === listId));
  }
}

/** @param {string} listId */
function snapshotPath(listId) {
  return `/lists/${encodeURIComponent(listId)}/snapshot`;
}
