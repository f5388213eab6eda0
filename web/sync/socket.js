// One live connection that is always coming back: hello with a ticket, subscribe from where we are,
// answer pings, and obey the close codes. Knows frames, not todos. No DOM.

import { closeOrder, reconnectDelay, RESTART_SPREAD_SECONDS } from './backoff.js';

const SUBPROTOCOL = 'livelist.v1';
// The server pings every 25 s; silence for two of them and a bit is a connection that is dead.
const SILENCE_MS = 60_000;
const WELCOME_MS = 10_000;
// Longer than a ping apart: on waking, such a connection is not worth believing.
const STALE_MS = 30_000;

/** @typedef {'connecting' | 'open' | 'offline' | 'failed'} Status */

export class LiveSocket {
  /** @type {Status} */
  status = 'offline';
  #socket = null;
  #nextId = 1;
  #failures = 0;
  #timer = null;
  #watchdog = null;
  #wanted = false;
  #attempt = 0;
  #receivedAt = 0;

  /**
   * @param {{url: string, ticket: () => Promise<string | null>, onOpen: () => void, onFrame: (frame: any) => void,
   *   onStatus: (status: Status, words?: string) => void, onSignIn: (words: string) => void,
   *   token?: () => Promise<string | null>,
   *   WebSocket?: any, random?: () => number}} ports
   */
  constructor(ports) {
    this.ports = { WebSocket: globalThis.WebSocket, random: Math.random, ...ports };
  }

  start() {
    this.#wanted = true;
    this.#connect();
  }

  stop() {
    this.#wanted = false;
    this.#attempt += 1;
    clearTimeout(this.#timer);
    clearTimeout(this.#watchdog);
    this.#socket?.close(1000);
    this.#socket = null;
  }

  /** Tries at once instead of when the wait is over: the network or the window just came back. */
  reconnectNow() {
    if (!this.#wanted) return;
    if (this.status === 'offline') this.#connect();
    // A laptop that slept may hold a connection that died meanwhile and will never say so.
    else if (this.status === 'open' && Date.now() - this.#receivedAt > STALE_MS) this.#abandon();
  }

  /** @param {any} frame @returns {boolean} whether there was a connection to send it on */
  send(frame) {
    if (this.status !== 'open') return false;
    this.#write(frame);
    return true;
  }

  /** @param {{list: string, epoch: string, since: number}[]} cursors */
  subscribe(cursors) {
    if (cursors.length > 0) this.send({ id: this.#nextId++, type: 'subscribe', lists: cursors });
  }

  /** @param {string[]} lists */
  unsubscribe(lists) {
    if (lists.length > 0) this.send({ id: this.#nextId++, type: 'unsubscribe', lists });
  }

  #write(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  async #connect() {
    clearTimeout(this.#timer);
    const attempt = ++this.#attempt;
    this.#report('connecting');
    let ticket;
    try {
      ticket = await this.ports.ticket();
    } catch (error) {
      if (attempt === this.#attempt) this.#wait(error.retryAfterSeconds);
      return;
    }
    if (attempt !== this.#attempt || !this.#wanted || ticket === null) return;
    const socket = new this.ports.WebSocket(this.ports.url, SUBPROTOCOL);
    this.#socket = socket;
    socket.onopen = () => this.#write({ id: this.#nextId++, type: 'hello', ticket });
    socket.onmessage = ({ data }) => this.#receive(attempt, JSON.parse(data));
    socket.onclose = ({ code }) => this.#closed(attempt, code);
    this.#expect(WELCOME_MS);
  }

  #receive(attempt, frame) {
    if (attempt !== this.#attempt) return;
    this.#receivedAt = Date.now();
    this.#expect(SILENCE_MS);
    if (frame.type === 'batch') {
      for (const inner of frame.frames) this.#receive(attempt, inner);
    } else if (frame.type === 'welcome') {
      this.#failures = 0;
      this.#report('open');
      this.ports.onOpen();
    } else {
      if (frame.type === 'expiring') this.#renew();
      this.ports.onFrame(frame);
    }
  }

  /** A newer token over the open socket; when none can be had, the server closes with 4001. */
  async #renew() {
    try {
      const token = await this.ports.token?.();
      if (token) this.send({ id: this.#nextId++, type: 'auth', token });
    } catch {
      // Offline: the close that follows is handled like any other.
    }
  }

  #closed(attempt, code) {
    if (attempt !== this.#attempt) return;
    clearTimeout(this.#watchdog);
    this.#socket = null;
    const order = closeOrder(code);
    if (order.action === 'stop' || order.action === 'sign-in') {
      this.#wanted = false;
      this.#report('failed', order.words);
      if (order.action === 'sign-in') this.ports.onSignIn(order.words);
    } else if (order.action === 'ticket') {
      // At once the first time; a server that keeps saying so gets the same patience as any other.
      this.#wait(this.#failures === 0 ? 0 : null);
    } else {
      this.#wait(order.action === 'spread' ? this.ports.random() * RESTART_SPREAD_SECONDS : null);
    }
  }

  #wait(seconds) {
    clearTimeout(this.#watchdog);
    const delay = seconds ?? reconnectDelay(this.#failures, this.ports.random);
    this.#failures += 1;
    this.#report('offline');
    this.#timer = setTimeout(() => {
      if (this.#wanted) this.#connect();
    }, delay * 1000);
  }

  /** A half-open connection reports nothing: treat a long silence as its end. */
  #expect(milliseconds) {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#abandon(), milliseconds);
  }

  #abandon() {
    const socket = this.#socket;
    if (socket) socket.onclose = socket.onmessage = null;
    this.#closed(this.#attempt, 4005);
    socket?.close();
  }

  #report(status, words) {
    this.status = status;
    this.ports.onStatus(status, words);
  }
}
