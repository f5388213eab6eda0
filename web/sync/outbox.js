// Writes on their way to the server: kept across reloads, sent one after another in the order they
// were made, each with its Idempotency-Key, so that sending twice changes once. No DOM.

import { replaceId } from './pending.js';
import { Refused } from './api.js';
import { reconnectDelay } from './backoff.js';

/**
 * @typedef {object} Storage
 * @property {() => Promise<any[]>} all oldest first
 * @property {(mutation: any) => Promise<void>} put adds, or replaces the one with the same key
 * @property {(key: string, changed: any[]) => Promise<void>} settle removes one and rewrites others, at once
 */

export class Outbox {
  /** All unsent mutations, oldest first. */
  waiting = [];
  /** @type {Promise<void> | null} */
  #sending = null;
  #failures = 0;
  #timer = null;
  #stopped = false;

  /**
   * @param {{storage: Storage, send: (mutation: any) => Promise<any>, onAnswered: Function,
   *   onRefused: Function, onRenamed: Function, onChange: Function, random?: () => number,
   *   later?: (work: () => void, ms: number) => any}} ports
   */
  constructor(ports) {
    this.ports = { random: Math.random, later: (work, ms) => setTimeout(work, ms), ...ports };
  }

  /** Brings back what an earlier visit could not send. Answers the mutations, oldest first. */
  async restore() {
    const kept = await this.ports.storage.all();
    const held = new Set(this.waiting.map(({ key }) => key));
    this.waiting = [...kept.filter(({ key }) => !held.has(key)), ...this.waiting];
    this.flush();
    return kept;
  }

  /** Takes a mutation over. It is on disk before it is on the wire. */
  async add(mutation) {
    this.waiting.push(mutation);
    this.ports.onChange();
    try {
      await this.ports.storage.put(mutation);
    } catch {
      // Private windows may refuse to store: it is still sent, it only does not survive a reload.
    }
    this.flush();
  }

  /** Sends what waits, now: called when the network comes back. Done when nothing more can be sent. */
  flush() {
    if (this.#stopped || this.waiting.length === 0) return Promise.resolve();
    clearTimeout(this.#timer);
    this.#sending ??= this.#drain();
    return this.#sending;
  }

  async #drain() {
    try {
      while (this.waiting.length > 0 && !this.#stopped) {
        if (!(await this.#sendFirst())) break;
      }
    } finally {
      // In the same step as the last look at `waiting`: what is added from now on starts anew.
      this.#sending = null;
    }
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** @returns {Promise<boolean>} whether to go on with the next */
  async #sendFirst() {
    const [mutation] = this.waiting;
    let answer;
    try {
      answer = await this.ports.send(mutation);
    } catch (error) {
      if (this.#stopped) return false;
      if (error instanceof Refused && error.status !== 401) {
        await this.#refuse(mutation, error);
        return true;
      }
      this.#waitAndRetry(error);
      return false;
    }
    this.#failures = 0;
    await this.#finish(mutation, answer);
    return true;
  }

  async #finish(mutation, answer) {
    this.waiting = this.waiting.filter(({ key }) => key !== mutation.key);
    const realId = answer.body?.id;
    const changed = mutation.temp_id && realId ? this.rename(mutation.temp_id, realId) : [];
    this.ports.onAnswered(mutation, answer);
    await this.#persist(mutation.key, changed);
    this.ports.onChange();
  }

  /** Gives later mutations the real id of what an earlier one created. Answers those that changed. */
  rename(from, to) {
    const changed = [];
    this.waiting = this.waiting.map((mutation) => {
      const renamed = replaceId(mutation, from, to);
      if (JSON.stringify(renamed) === JSON.stringify(mutation)) return mutation;
      changed.push(renamed);
      return renamed;
    });
    this.ports.onRenamed(from, to, changed);
    return changed;
  }

  /** A refused creation takes along what was built on it: none of that can succeed. */
  async #refuse(mutation, error) {
    const doomed = this.waiting.filter((other) =>
      other.key === mutation.key ||
      (mutation.temp_id && JSON.stringify(other).includes(mutation.temp_id))
    );
    const keys = new Set(doomed.map(({ key }) => key));
    this.waiting = this.waiting.filter(({ key }) => !keys.has(key));
    for (const key of keys) await this.#persist(key, []);
    this.ports.onRefused(mutation, error, doomed);
    this.ports.onChange();
  }

  #waitAndRetry(error) {
    const seconds = error.retryAfterSeconds ?? reconnectDelay(this.#failures, this.ports.random);
    this.#failures += 1;
    this.ports.onChange();
    this.#timer = this.ports.later(() => this.flush(), seconds * 1000);
  }

  async #persist(key, changed) {
    try {
      await this.ports.storage.settle(key, changed);
    } catch {
      // See add(): at worst it is sent again with the same key, and answered the same.
    }
  }
}
