// Keeps the stored state near the confirmed one: writes what changed, some time after an event and
// when the page is left. Of several windows, one writes (tab_lock.js).

import { accountText, changedRows, isStorable } from './state_rows.js';

/**
 * @import { Put } from './state_rows.js'
 * @import { StateStorage } from './state_storage.js'
 * @import { State } from '../types/client.d.ts'
 * @import { Store } from '../store/store.js'
 */

// A page that dies loses at most this much; what it lost is sent again after the stored positions.
const SAVE_MS = 1_000;
// More than one connection follows (sync/wanted_streams.js), and small beside a browser's quota.
export const MOST_LISTS = 200;
export const MOST_CHARACTERS = 20_000_000;
// After so much text give the page a turn: a frame has 16 ms.
const PAUSE_EVERY = 500_000;

/**
 * @typedef {object} SaverPorts
 * @property {Pick<StateStorage, 'write'>} storage
 * @property {Pick<Store, 'confirmed' | 'addEventListener' | 'removeEventListener'>} store
 * @property {string} release of the page
 * @property {(error: unknown) => void} onFailed
 * @property {() => void} [onSaved]
 * @property {(work: () => void, ms: number) => ReturnType<typeof setTimeout>} [later]
 *
 * @typedef {Map<string, Map<number, number>>} Sizes characters of each row, by list and chunk
 * @typedef {object} Stored
 * @property {State} state
 * @property {number} generation
 * @property {Map<string, number>} openedAt
 * @property {Sizes} sizes
 */

export class StateSaver {
  /** @type {State | null} what is stored, as far as this window knows */
  #saved = null;
  /** @type {State | null} the confirmed state from which `#saved` was made */
  #source = null;
  #generation = 0;
  /** @type {Map<string, number>} */
  #openedAt = new Map();
  /** @type {Sizes} */
  #sizes = new Map();
  /** @type {Set<string>} lists beyond the limits */
  #leftOut = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Promise<void> | null} */
  #saving = null;
  #isRunning = false;

  /** @param {SaverPorts} ports */
  constructor(ports) {
    /** @type {Required<SaverPorts>} */
    this.ports = { later: (work, ms) => setTimeout(work, ms), onSaved: () => {}, ...ports };
  }

  /**
   * Go on from what was read from the storage.
   * @param {Stored} stored
   */
  goOnFrom({ state, generation, openedAt, sizes }) {
    this.#saved = this.#source = state;
    this.#generation = generation;
    this.#openedAt = openedAt;
    this.#sizes = sizes;
  }

  start() {
    this.#isRunning = true;
    this.ports.store.addEventListener('change', this.#changed);
    this.#changed();
  }

  stop() {
    this.#isRunning = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.ports.store.removeEventListener('change', this.#changed);
  }

  /**
   * A list is on screen: it is among the last to be left out when there are too many.
   * @param {string} listId
   */
  opened(listId) {
    this.#openedAt.set(listId, Date.now());
    this.#leftOut.delete(listId);
  }

  #changed = () => {
    if (this.#timer !== undefined || this.ports.store.confirmed === this.#source) return;
    this.#timer = this.ports.later(() => {
      this.#timer = undefined;
      this.save();
    }, SAVE_MS);
  };

  /** Write what has changed, with pauses. */
  async save() {
    if (this.#saving || !this.#isRunning) return this.#saving;
    this.#saving = this.#save().finally(() => {
      this.#saving = null;
      if (this.#isRunning) this.#changed();
    });
    return await this.#saving;
  }

  async #save() {
    const state = this.ports.store.confirmed;
    if (!state.account || state === this.#source) return;
    /** @type {Put[]} */
    const puts = [];
    let length = 0;
    for (const put of this.#changes(state)) {
      puts.push(put);
      length += put.text.length;
      if (length < PAUSE_EVERY) continue;
      length = 0;
      await new Promise((resolve) => setTimeout(resolve));
    }
    if (this.#isRunning) await this.#write(state, puts);
  }

  /** The page is being left: write in this turn, without pauses. */
  saveNow() {
    const state = this.ports.store.confirmed;
    if (!this.#isRunning || !state.account || state === this.#source) return;
    this.#write(state, [...this.#changes(state)]);
  }

  /** @param {State} state */
  *#changes(state) {
    for (const listId of this.#byLastOpened(state)) yield* changedRows(this.#saved, state, listId);
  }

  /** @param {State} state */
  #byLastOpened(state) {
    const at = (/** @type {string} */ id) => this.#openedAt.get(id) ?? 0;
    return Object.keys(state.contents)
      .filter((id) => isStorable(state, id) && !this.#leftOut.has(id))
      .sort((a, b) => at(b) - at(a));
  }

  /**
   * @param {State} state
   * @param {Put[]} puts
   */
  async #write(state, puts) {
    const { storage, release, onFailed } = this.ports;
    const dropped = this.#dropped(state, puts);
    try {
      const generation = await storage.write({
        generation: this.#saved && this.#generation,
        release,
        account: accountText(state),
        puts: puts.filter(({ list }) => !dropped.has(list)),
        dropped,
        openedAt: (listId) => this.#openedAt.get(listId) ?? 0,
      });
      // Another window has written: the next time everything is written.
      const contents = Object.entries(state.contents).filter(([id]) => !dropped.has(id));
      this.#saved = generation === null
        ? null
        : { ...state, contents: Object.fromEntries(contents) };
      this.#source = generation === null ? null : state;
      this.#generation = generation ?? 0;
      this.ports.onSaved();
    } catch (error) {
      // What is stored now is unknown, and would be tried again with each event.
      this.stop();
      onFailed(error);
    }
  }

  /**
   * Return the lists to remove: those that are gone, and beyond the limits those opened longest
   * ago.
   * @param {State} state
   * @param {Put[]} puts
   */
  #dropped(state, puts) {
    if (!this.#saved) this.#sizes.clear();
    for (const put of puts) {
      const sizes = this.#sizes.get(put.list) ?? new Map();
      this.#sizes.set(put.list, sizes.set(put.chunk, put.text.length));
    }
    const dropped = new Set(this.#sizes.keys());
    let [lists, characters] = [0, 0];
    for (const listId of this.#byLastOpened(state)) {
      const sizes = [...this.#sizes.get(listId)?.values() ?? []];
      lists += 1;
      characters += sizes.reduce((sum, size) => sum + size, 0);
      if (lists <= MOST_LISTS && characters <= MOST_CHARACTERS) dropped.delete(listId);
      else this.#leftOut.add(listId);
    }
    for (const listId of dropped) this.#sizes.delete(listId);
    return dropped;
  }
}
