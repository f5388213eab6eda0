// Writes on their way to the server: kept across reloads, sent one after another in the order they
// were made, each with its Idempotency-Key, so that sending twice changes once. No DOM.
//
// The windows of a browser share one storage. Each shows all writes that wait; one of them sends at
// a time, and tells the others. What waits is what is stored: a window that gets its turn reads it.

import { Refused, retryAfter } from './api.js';
import { reconnectDelay } from './backoff.js';
import { builtOn, isSame, replaceId, tempIdOf, withRealIds } from './pending.js';
import { NO_PEERS } from './sockets/peers.js';

/**
 * @import { AnsweredPosition, Answer, Mutation } from '../types/client.d.ts'
 * @import { OutboxPorts, PeerMessage } from './sockets/peers.js'
 */

export class Outbox {
  /** @type {Mutation[]} all unsent mutations, oldest first */
  waiting = [];
  /** @type {Set<string>} keys of waiting mutations that are not stored, or not yet */
  unstored = new Set();
  /** @type {Set<string>} keys that the server has answered or refused, which may still be stored */
  done = new Set();
  /** @type {Set<string>} keys of mutations that could not be stored */
  #unkept = new Set();
  /** @type {Map<string, () => void>} what waits for the answer to one of those */
  #whenDone = new Map();
  /** @type {Map<string, string>} provisional ids that became real ones */
  #realIds = new Map();
  /** @type {Promise<void> | null} */
  #sending = null;
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** What an earlier visit could not send is among those that wait. */
  isRestored = false;
  #stopped = false;
  #isForgotten = false;

  /** @param {OutboxPorts} ports */
  constructor(ports) {
    /** @type {Required<OutboxPorts>} */
    this.ports = {
      random: Math.random,
      later: (work, ms) => setTimeout(work, ms),
      onAdded: () => {},
      peers: NO_PEERS,
      ...ports,
    };
    this.ports.peers.listen((message) => this.#receive(message));
  }

  /** How many of those that wait a reload would lose. */
  get unkept() {
    return this.waiting.filter(({ key }) => this.#unkept.has(key)).length;
  }

  /** Load what an earlier visit could not send. Return the mutations, oldest first. */
  async restore() {
    const stored = await this.ports.storage.all();
    const kept = stored.filter(({ key }) => !this.done.has(key));
    const keys = new Set(this.waiting.map(({ key }) => key));
    this.waiting = [...kept.filter(({ key }) => !keys.has(key)), ...this.waiting];
    this.isRestored = true;
    this.flush();
    return kept;
  }

  /**
   * Queue a mutation. It is stored before it is sent. The promise resolves once the end of the
   * window cannot lose it any more: it is stored, or else the server has answered.
   * @param {Mutation} mutation
   */
  async add(mutation) {
    if (this.#stopped) return;
    /** @type {Promise<void> | undefined} */
    let answered;
    this.waiting.push(mutation);
    // A program may send a refused change again under its key.
    this.done.delete(mutation.key);
    this.unstored.add(mutation.key);
    this.ports.onChange();
    try {
      await this.ports.storage.put(mutation);
      if (this.done.has(mutation.key)) await this.#persist(mutation.key, []);
      this.unstored.delete(mutation.key);
      this.ports.peers.post({ type: 'added', mutation });
    } catch {
      // A private window or a full disk: send it all the same.
      this.#unkept.add(mutation.key);
      answered = new Promise((resolve) => this.#whenDone.set(mutation.key, resolve));
      this.ports.onChange();
    }
    this.flush();
    await answered;
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
      await this.ports.peers.inTurn(async () => {
        await this.#readAnew();
        while (this.waiting.length > 0 && !this.#stopped) {
          if (!(await this.#sendFirst())) break;
        }
      });
    } finally {
      // No await since the check of `waiting`: a mutation added from now on starts a new drain.
      this.#sending = null;
    }
  }

  /** Another window may have sent, refused or added mutations before this one got its turn. */
  async #readAnew() {
    // What is stored while the storage is read may be missing in the answer.
    const before = new Set(this.waiting.map(({ key }) => key)).difference(this.unstored);
    const mended = await this.#stored().catch(() => null);
    if (!mended) return;
    // Another window may have told an answer while the storage was written.
    const stored = mended.filter(({ key }) => !this.done.has(key))
      .map((each) => withRealIds(each, this.#realIds));
    const keys = new Set(stored.map(({ key }) => key));
    const known = new Set(this.waiting.map(({ key }) => key));
    const missing = this.waiting.filter(({ key }) => !keys.has(key));
    const gone = missing.filter(({ key }) => before.has(key));
    const unstored = missing.filter(({ key }) => !before.has(key));
    this.waiting = [...stored, ...unstored];
    for (const mutation of this.waiting) if (!known.has(mutation.key)) this.ports.onAdded(mutation);
    // Their answers were told, unless the window that got them was killed at that moment.
    for (const { key } of gone) this.ports.onAnswered(key, []);
    this.ports.onChange();
  }

  /** Return what is stored. Mend what another window has left there when it was killed. */
  async #stored() {
    const all = await this.ports.storage.all();
    const done = all.filter(({ key }) => this.done.has(key));
    const kept = all.filter(({ key }) => !this.done.has(key));
    const stored = kept.map((each) => withRealIds(each, this.#realIds));
    const changed = stored.filter((each, at) => !isSame(each, kept[at]));
    // Together: without the creation nothing could resolve its provisional id after a reload.
    const [first = '', ...others] = done.map(({ key }) => key);
    if (first || changed.length > 0) await this.#persist(first, changed);
    for (const key of others) await this.#persist(key, []);
    return stored;
  }

  /** Stop sending. What waits stays stored; `isForgotten`: the storage is being emptied. */
  stop({ isForgotten = false } = {}) {
    this.#stopped = true;
    this.#isForgotten = isForgotten;
    clearTimeout(this.#timer);
    this.ports.peers.close();
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
    const { key } = mutation;
    const [from, to] = [tempIdOf(mutation), answer.body?.id];
    const renamed = from && to ? { from, to } : null;
    // Before it leaves the storage: the others must not take it for lost.
    this.ports.peers.post({ type: 'answered', key, positions: answer.positions, renamed });
    await this.#persist(key, this.#settle(key, answer.positions, renamed, answer));
  }

  /**
   * Take an answered mutation out. Return the waiting ones that changed by it.
   * @param {string} key
   * @param {AnsweredPosition[]} positions
   * @param {{from: string, to: string} | null} renamed
   * @param {Answer<unknown>} [answer]
   */
  #settle(key, positions, renamed, answer) {
    this.done.add(key);
    this.waiting = this.waiting.filter((mutation) => mutation.key !== key);
    this.unstored.delete(key);
    const changed = renamed ? this.rename(renamed.from, renamed.to) : [];
    this.ports.onAnswered(key, positions, answer);
    this.#whenDone.get(key)?.();
    // Before the storage is written: what the server has answered is not unsent any more.
    this.ports.onChange();
    return changed;
  }

  /**
   * Replace a provisional id by the real one in all waiting mutations. Return those that changed.
   * @param {string} from
   * @param {string} to
   */
  rename(from, to) {
    this.#realIds.set(from, to);
    /** @type {Mutation[]} */
    const changed = [];
    this.waiting = this.waiting.map((mutation) => {
      const renamed = replaceId(mutation, from, to);
      if (isSame(renamed, mutation)) return mutation;
      changed.push(renamed);
      return renamed;
    });
    this.ports.onRenamed(from, to);
    return changed;
  }

  /**
   * Drop a refused mutation. If it is a creation, also drop the mutations that name what it would
   * have created: none of them can succeed.
   * @param {Mutation} mutation
   * @param {Refused} error
   */
  async #refuse(mutation, error) {
    const keys = builtOn(mutation, this.waiting).map(({ key }) => key);
    const [{ key }, { status, code, message: detail }] = [mutation, error];
    this.ports.peers.post({ type: 'refused', key, dropped: keys, status, code, detail });
    // Before it leaves the storage: until its words are a draft, a reload must find them there.
    await this.#drop(key, new Set(keys), error);
    for (const each of keys) await this.#persist(each, []);
  }

  /**
   * @param {string} refused
   * @param {Set<string>} keys
   * @param {Refused} error
   */
  #drop(refused, keys, error) {
    const dropped = this.waiting.filter(({ key }) => keys.has(key));
    const mutation = dropped.find(({ key }) => key === refused);
    this.waiting = this.waiting.filter(({ key }) => !keys.has(key));
    this.unstored = this.unstored.difference(keys);
    this.done = this.done.union(keys);
    const told = mutation && this.ports.onRefused(mutation, error, dropped);
    for (const key of keys) this.#whenDone.get(key)?.();
    this.ports.onChange();
    return told;
  }

  /** @param {PeerMessage} message */
  #receive(message) {
    const isOver = message.type === 'added' && this.done.has(message.mutation.key);
    if (this.#stopped || isOver) return;
    if (message.type === 'answered') {
      this.#settle(message.key, message.positions, message.renamed);
    } else if (message.type === 'refused') {
      const { key, dropped, status, code, detail } = message;
      this.#drop(key, new Set(dropped), new Refused(status, { code, detail }));
    } else if (!this.waiting.some(({ key }) => key === message.mutation.key)) {
      const mutation = withRealIds(message.mutation, this.#realIds);
      this.waiting.push(mutation);
      this.ports.onAdded(mutation);
      this.ports.onChange();
      // The other window may be gone before it has sent it.
      this.flush();
    }
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
