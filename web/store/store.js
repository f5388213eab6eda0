// What the page shows, and who wants to know when it changes. Holds the confirmed state, the
// pending mutations and what follows from both; asks nobody for anything.

import {
  emptyState,
  leaveList,
  openComments,
  takeAccountSnapshot,
  takeComments,
  takeListSnapshot,
} from '../sync/state.js';
import { addList, classifyFrame, reduce } from '../sync/reducer.js';
import { isSettled, replaceId, replay } from '../sync/pending.js';

/** @typedef {'live' | 'catching-up' | 'offline' | 'failed'} Connection */

export class Store extends EventTarget {
  confirmed = emptyState();
  /** What is on screen: confirmed + pending. */
  shown = this.confirmed;
  pending = [];
  unsent = 0;
  /** @type {{state: Connection, words?: string}} */
  connection = { state: 'catching-up' };
  /** When each stream was last proven current, in ms. */
  provenAt = {};
  /** Provisional ids that have become real ones. */
  aliases = new Map();
  #appliedKeys = new Set();
  #announced = false;

  takeAccount(snapshot) {
    this.#confirm(takeAccountSnapshot(this.confirmed, snapshot));
  }

  takeList(snapshot) {
    this.#confirm(takeListSnapshot(this.confirmed, snapshot));
    this.markCurrent([snapshot.list.id]);
  }

  /** A list we just made or joined: its REST answer may be here before its event. */
  addList(list) {
    if (!this.confirmed.lists[list.id]) this.#confirm(addList(this.confirmed, { list }));
  }

  openComments(listId, todoId) {
    this.#confirm(openComments(this.confirmed, listId, todoId));
  }

  takeComments(listId, todoId, items) {
    this.#confirm(takeComments(this.confirmed, listId, todoId, items));
  }

  /** An answer with our own preferences may be here before its event. */
  takePreferences(preferences) {
    this.#confirm({ ...this.confirmed, preferences });
  }

  leaveList(listId, reason) {
    this.#confirm(leaveList(this.confirmed, listId, reason));
  }

  /**
   * Applies event frames in order.
   * @returns {Set<string>} the streams in which something is missing
   */
  applyFrames(frames) {
    const gaps = new Set();
    let state = this.confirmed;
    for (const frame of frames) {
      const found = classifyFrame(state, frame);
      if (found === 'gap') gaps.add(frame.list);
      if (found !== 'next') continue;
      state = reduce(state, frame);
      this.#reportApplied(frame);
    }
    this.#confirm(state);
    return gaps;
  }

  /** Remembers whose echo this was, and tells about words that were overwritten. */
  #reportApplied(frame) {
    if (frame.mutation) {
      const own = this.pending.find(({ key }) => key === frame.mutation);
      if (own) {
        this.#appliedKeys.add(frame.mutation);
        const created = frame.data.todo ?? frame.data.comment ?? frame.data.label ??
          frame.data.reminder;
        if (own.temp_id && created) this.rename(own.temp_id, created.id);
      }
    }
    this.dispatchEvent(new CustomEvent('applied', { detail: frame }));
  }

  addPending(mutation) {
    this.pending = [...this.pending, mutation];
    this.#derive();
  }

  /** The server answered: it stays on screen as ours until our cursors reach these positions. */
  answered(key, positions) {
    this.pending = this.pending.map((
      mutation,
    ) => (mutation.key === key ? { ...mutation, positions } : mutation));
    this.#derive();
  }

  dropPending(keys) {
    this.pending = this.pending.filter(({ key }) => !keys.has(key));
    this.#derive();
  }

  /** A provisional id became a real one: later mutations and the page follow. */
  rename(from, to) {
    if (this.aliases.get(from) === to) return;
    this.aliases.set(from, to);
    // The creation itself shows under its real id from now on: its answer may be here before its event.
    this.pending = this.pending.map((
      mutation,
    ) => (mutation.temp_id === from
      ? { ...mutation, real_id: to }
      : replaceId(mutation, from, to))
    );
    this.dispatchEvent(new CustomEvent('renamed', { detail: { from, to } }));
    this.#derive();
  }

  realId(id) {
    return this.aliases.get(id) ?? id;
  }

  setConnection(state, words) {
    if (this.connection.state === state && this.connection.words === words) return;
    this.connection = { state, words };
    this.announce();
  }

  setUnsent(count) {
    if (this.unsent === count) return;
    this.unsent = count;
    this.announce();
  }

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
    this.#appliedKeys.clear();
    this.#derive();
  }

  #confirm(state) {
    if (state === this.confirmed) return;
    this.confirmed = state;
    this.#derive();
  }

  #derive() {
    const kept = this.pending.filter((mutation) =>
      !isSettled(mutation, this.confirmed.streams, this.#appliedKeys)
    );
    for (const { key } of this.pending) {
      if (!kept.some((mutation) => mutation.key === key)) this.#appliedKeys.delete(key);
    }
    this.pending = kept;
    this.shown = replay(this.confirmed, this.pending);
    this.announce();
  }

  /** Tells the views once for all that happened in this turn, before the next paint. */
  announce() {
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      this.dispatchEvent(new Event('change'));
    });
  }
}
