// Writes on their way to the server: kept across reloads, sent one after another in the order they
// were made, each with its Idempotency-Key, so that sending twice changes once. No DOM.

import { Refused, retryAfter } from './api.js';
import { reconnectDelay } from './backoff.js';
import { replaceId } from './pending.js';

/**
 * @import { Answer, Mutation } from '../types/client.d.ts'
 */

/**
 * Where unsent mutations survive a reload.
 * @typedef {object} OutboxStorage
 * @property {() => Promise<Mutation[]>} all oldest first
 * @property {(mutation: Mutation) => Promise<void>} put adds it, or replaces that of the same key
 * @property {(key: string, changed: Mutation[]) => Promise<void>} settle
 *   removes the mutation of that key, which is done or refused, and rewrites `changed`, all or none
 */

/**
 * @typedef {object} OutboxPorts
 * @property {OutboxStorage} storage
 * @property {(mutation: Mutation) => Promise<Answer<{id?: string} | null>>} send
 * @property {(mutation: Mutation, answer: Answer<unknown>) => void} onAnswered
 * @property {(mutation: Mutation, error: Refused, dropped: Mutation[]) => void} onRefused
 *   `dropped`: the refused mutation, and all that name what it would have created
 * @property {(from: string, to: string, changed: Mutation[]) => void} onRenamed
 * @property {() => void} onChange
 * @property {() => number} [random]
 * @property {(work: () => void, ms: number) => ReturnType<typeof setTimeout>} [later]
 */

export class Outbox {
  /** @type {Mutation[]} all unsent mutations, oldest first */
  waiting = [];
  /** @type {Promise<void> | null} */
  #sending = null;
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #stopped = false;
  #isForgotten = false;

  /** @param {OutboxPorts} ports */
  constructor(ports) {
    /** @type {Required<OutboxPorts>} */
    this.ports = { random: Math.random, later: (work, ms) => setTimeout(work, ms), ...ports };
  }

  /** Load what an earlier visit could not send. Return the mutations, oldest first. */
  async restore() {
    const kept = await this.ports.storage.all();
    const keys = new Set(this.waiting.map(({ key }) => key));
    this.waiting = [...kept.filter(({ key }) => !keys.has(key)), ...this.waiting];
    this.flush();
    return kept;
  }

  /**
   * Queue a mutation. It is stored before it is sent.
   * @param {Mutation} mutation
   */
  async add(mutation) {
    if (this.#stopped) return;
    this.waiting.push(mutation);
    this.ports.onChange();
    try {
      await this.ports.storage.put(mutation);
    } catch {
      // A private window may refuse to store: send it all the same, though a reload would lose it.
    }
    this.flush();
  }

  /** Send the waiting mutations now. The promise resolves when nothing more can be sent. */
  flush() {
    // The last mutation may be answered, yet still be on its way out of the storage.
    if (this.#sending) return this.#sending;
    if (this.#stopped || this.waiting.length === 0) return Promise.resolve();
    clearTimeout(this.#timer);
    this.#sending = this.#drain();
    return this.#sending;
  }

  async #drain() {
    try {
      while (this.waiting.length > 0 && !this.#stopped) {
        if (!(await this.#sendFirst())) break;
      }
    } finally {
      // No await since the check of `waiting`: a mutation added from now on starts a new drain.
      this.#sending = null;
    }
  }

  /** Stop sending. What waits stays stored; `isForgotten`: the storage is being emptied. */
  stop({ isForgotten = false } = {}) {
    this.#stopped = true;
    this.#isForgotten = isForgotten;
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
      this.#retryLater(error);
      return false;
    }
    this.#failures = 0;
    await this.#finish(mutation, answer);
    return true;
  }

  /**
   * @param {Mutation} mutation
   * @param {Answer<{id?: string} | null>} answer
   */
  async #finish(mutation, answer) {
    this.waiting = this.waiting.filter(({ key }) => key !== mutation.key);
    const realId = answer.body?.id;
    const tempId = tempIdOf(mutation);
    const changed = tempId && realId ? this.rename(tempId, realId) : [];
    this.ports.onAnswered(mutation, answer);
    // Before the storage is written: what the server has answered is not unsent any more.
    this.ports.onChange();
    await this.#persist(mutation.key, changed);
  }

  /**
   * Replace a provisional id by the real one in all waiting mutations. Return those that changed.
   * @param {string} from
   * @param {string} to
   */
  rename(from, to) {
    /** @type {Mutation[]} */
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

  /**
   * Drop a refused mutation. If it is a creation, also drop the mutations that name what it would
   * have created: none of them can succeed.
   * @param {Mutation} mutation
   * @param {Refused} error
   */
  async #refuse(mutation, error) {
    const tempId = tempIdOf(mutation);
    const dropped = this.waiting.filter((other) =>
      other.key === mutation.key || (tempId && JSON.stringify(other).includes(tempId))
    );
    const keys = new Set(dropped.map(({ key }) => key));
    this.waiting = this.waiting.filter(({ key }) => !keys.has(key));
    for (const key of keys) await this.#persist(key, []);
    this.ports.onRefused(mutation, error, dropped);
    this.ports.onChange();
  }

  /** @param {unknown} error */
  #retryLater(error) {
    const seconds = retryAfter(error) ?? reconnectDelay(this.#failures, this.ports.random);
    this.#failures += 1;
    this.ports.onChange();
    this.#timer = this.ports.later(() => this.flush(), seconds * 1000);
  }

  /**
   * @param {string} key
   * @param {Mutation[]} changed
   */
  async #persist(key, changed) {
    if (this.#isForgotten) return;
    try {
      await this.ports.storage.settle(key, changed);
    } catch {
      // At worst it is sent again after a reload, and the server answers the same for its key.
    }
  }
}

/**
 * Return the provisional id of what a mutation creates, if it creates anything.
 * @param {Mutation} mutation
 */
export const tempIdOf = (mutation) => 'temp_id' in mutation ? mutation.temp_id : null;
