// The state of the page: the confirmed state, the pending mutations, and what is shown, which
// follows from both. Dispatches `change`, `applied` (an event frame) and `renamed` ({from, to}).

import { memoized } from './memo.js';
import { createdBy, idsOf } from './mutation_ids.js';
import { awaitsContent, isSettled, replaceId, replay } from '../sync/pending.js';
import { addList, classifyFrame, reduce } from '../sync/reducer.js';
import {
  emptyState,
  leaveList,
  openThread,
  takeAccountSnapshot,
  takeListSnapshot,
  takeThread,
} from '../sync/state.js';

/**
 * @import {
 *   AccountSnapshot, EventFrame, ListSnapshot, MyListShape, PreferencesShape,
 * } from '../types/contract.d.ts'
 * @import {
 *   AnsweredPosition, LeaveReason, Mutation, State, StoreEvents, Threads, TypedEventTarget,
 * } from '../types/client.d.ts'
 */

/** @typedef {'live' | 'catching-up' | 'offline' | 'failed'} Connection */

// An answer that takes longer than this is shown as pending; faster ones would only flicker.
const SLOW_MS = 600;

const StoreTarget = /** @type {new () => TypedEventTarget<StoreEvents>} */ (EventTarget);

export class Store extends StoreTarget {
  confirmed = emptyState();
  /** What is on screen: the confirmed state with the pending mutations replayed over it. */
  shown = this.confirmed;
  /** @type {Mutation[]} oldest first */
  pending = [];
  unsent = 0;
  unkept = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #slowTimer;
  #isSlow = false;
  #unsentIds = memoized(idsOf);
  /** @type {{state: Connection, text?: string}} `text` says why it failed */
  connection = { state: 'catching-up' };
  /** Whether the connection is lost and has not come back, also while the page tries to connect. */
  isOffline = false;
  /** @type {Record<string, number>} when each stream was last proven current, in milliseconds */
  provenAt = {};
  /** @type {Map<string, string>} provisional ids that became real ones */
  aliases = new Map();
  /** @type {Map<string, string>} the other way round */
  #firstIds = new Map();
  /** @type {Set<string>} keys of pending mutations whose event was applied */
  #appliedKeys = new Set();
  #announced = false;

  /** @param {AccountSnapshot} snapshot */
  takeAccount(snapshot) {
    this.#confirm(takeAccountSnapshot(this.confirmed, snapshot));
    this.dispatchEvent(new Event('account'));
  }

  /**
   * Show a state that was stored: nothing of it is proven to be current.
   * @param {State} state
   */
  restore(state) {
    this.#confirm(state);
  }

  /** @param {ListSnapshot} snapshot */
  takeList(snapshot) {
    this.#confirm(takeListSnapshot(this.confirmed, snapshot));
    if (snapshot.next_cursor === null) this.markCurrent([snapshot.list.id]);
  }

  /**
   * Add a list that was just made or joined: its REST answer may come before its event.
   * @param {MyListShape} list
   */
  addList(list) {
    if (!this.confirmed.lists[list.id]) this.#confirm(addList(this.confirmed, { list }));
  }

  /**
   * @param {keyof Threads} kind
   * @param {string} listId
   * @param {string} todoId
   */
  openThread(kind, listId, todoId) {
    this.#confirm(openThread(this.confirmed, kind, listId, todoId));
  }

  /**
   * @template {keyof Threads} Kind
   * @param {Kind} kind
   * @param {string} listId
   * @param {string} todoId
   * @param {Threads[Kind][]} items
   */
  takeThread(kind, listId, todoId, items) {
    this.#confirm(takeThread(this.confirmed, kind, listId, todoId, items));
  }

  /**
   * Take preferences from a REST answer, which may come before their event.
   * @param {PreferencesShape} preferences
   */
  takePreferences(preferences) {
    this.#confirm({ ...this.confirmed, preferences });
  }

  /**
   * @param {string} listId
   * @param {LeaveReason} reason
   */
  leaveList(listId, reason) {
    this.#confirm(leaveList(this.confirmed, listId, reason));
  }

  /**
   * Apply event frames in order.
   * @param {EventFrame[]} frames
   * @returns {Set<string>} the streams in which something is missing
   */
  applyFrames(frames) {
    /** @type {Set<string>} */
    const gaps = new Set();
    let state = this.confirmed;
    for (const frame of frames) {
      const found = classifyFrame(state, frame);
      if (found === 'gap') gaps.add(frame.list);
      if (found !== 'next') continue;
      state = reduce(state, frame);
      this.#settle(frame);
      this.dispatchEvent(new CustomEvent('applied', { detail: frame }));
    }
    this.#confirm(state);
    return gaps;
  }

  /**
   * Remember that the event of a pending mutation was applied, and learn the id of what it created.
   * @param {EventFrame} frame
   */
  #settle(frame) {
    const own = frame.mutation && this.pending.find(({ key }) => key === frame.mutation);
    if (!own) return;
    this.#appliedKeys.add(own.key);
    const realId = createdBy(frame);
    // The first event is of the todo itself, further ones are of its subtasks.
    if ('temp_id' in own && !own.real_id && realId) this.rename(own.temp_id, realId);
  }

  /** @param {Mutation} mutation */
  addPending(mutation) {
    // Another window may say what the storage says too.
    if (this.pending.some(({ key }) => key === mutation.key)) return;
    this.pending = [...this.pending, mutation];
    this.#derive();
  }

  /**
   * Record where the events of a mutation are: it stays pending until the streams reach them.
   * @param {string} key
   * @param {AnsweredPosition[]} positions
   */
  answered(key, positions) {
    this.pending = this.pending.map((mutation) =>
      mutation.key === key ? { ...mutation, positions } : mutation
    );
    this.#derive();
  }

  /** @param {Set<string>} keys */
  dropPending(keys) {
    this.pending = this.pending.filter(({ key }) => !keys.has(key));
    this.#derive();
  }

  /**
   * Replace a provisional id by the real one, in later mutations too.
   * @param {string} from
   * @param {string} to
   */
  rename(from, to) {
    if (this.aliases.get(from) === to) return;
    this.aliases.set(from, to);
    this.#firstIds.set(to, from);
    // The creation itself shows under its real id from now on: its answer may precede its event.
    this.pending = this.pending.map((mutation) =>
      'temp_id' in mutation && mutation.temp_id === from
        ? { ...mutation, real_id: to }
        : replaceId(mutation, from, to)
    );
    this.dispatchEvent(new CustomEvent('renamed', { detail: { from, to } }));
    this.#derive();
  }

  /** @param {string} id */
  realId(id) {
    return this.aliases.get(id) ?? id;
  }

  /**
   * Return the id under which a todo was first shown: its elements keep that key, and with it the
   * focus, when the provisional id becomes a real one.
   * @param {string} id
   */
  firstId(id) {
    return this.#firstIds.get(id) ?? id;
  }

  /**
   * @param {Connection} state
   * @param {string} [text]
   */
  setConnection(state, text) {
    if (this.connection.state === state && this.connection.text === text) return;
    this.connection = { state, text };
    // With a text, all is current but for the list on screen.
    if (state !== 'catching-up' || text) this.isOffline = state === 'offline';
    this.announce();
  }

  /**
   * @param {number} count
   * @param {number} [unkept] how many of them a reload would lose
   */
  setUnsent(count, unkept = 0) {
    if (this.unsent === count && this.unkept === unkept) return;
    this.unsent = count;
    this.unkept = unkept;
    if (count === 0) {
      clearTimeout(this.#slowTimer);
      this.#slowTimer = undefined;
      this.#isSlow = false;
    } else {
      this.#slowTimer ??= setTimeout(() => {
        this.#isSlow = true;
        this.announce();
      }, SLOW_MS);
    }
    this.announce();
  }

  /** Whether changes wait to be sent for so long that the page says so. */
  get isLate() {
    return this.unsent > 0 && (this.#isSlow || this.connection.state !== 'live');
  }

  /** The ids of what changes that the server has not answered are about. */
  get unsentIds() {
    return this.#unsentIds(this.pending);
  }

  /** @param {string[]} names of streams that were just proven current */
  markCurrent(names) {
    if (names.length === 0) return;
    const now = Date.now();
    this.provenAt = { ...this.provenAt, ...Object.fromEntries(names.map((name) => [name, now])) };
    this.announce();
  }

  clear() {
    this.confirmed = emptyState();
    this.pending = [];
    this.provenAt = {};
    this.aliases.clear();
    this.#firstIds.clear();
    this.#appliedKeys.clear();
    this.#derive();
  }

  /** @param {State} state */
  #confirm(state) {
    if (state === this.confirmed) return;
    this.confirmed = state;
    this.#derive();
  }

  #derive() {
    const kept = this.pending.filter((mutation) =>
      !isSettled(mutation, this.confirmed.streams, this.#appliedKeys) ||
      awaitsContent(mutation, this.confirmed)
    );
    for (const { key } of this.pending) {
      if (!kept.some((mutation) => mutation.key === key)) this.#appliedKeys.delete(key);
    }
    this.pending = kept;
    this.shown = replay(this.confirmed, this.pending);
    this.announce();
  }

  /** Dispatch `change` once for all changes of this turn. */
  announce() {
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      this.dispatchEvent(new Event('change'));
    });
  }
}
