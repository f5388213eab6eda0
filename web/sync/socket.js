// One WebSocket connection that reconnects by itself: hello with a credential, subscribe, answer
// pings, and obey the close codes. Knows frames, not todos. No DOM.

import { t } from '../languages/translate.js';
import { retryAfter } from './api.js';
import { closeOrder, reconnectDelay, RESTART_SPREAD_SECONDS } from './backoff.js';

/**
 * @import { ClientFrame, Cursor, ServerFrame } from '../types/contract.d.ts'
 */

const SUBPROTOCOL = 'livelist.v1';
// The server pings every 25 s: after a silence longer than two pings the connection is dead.
const SILENCE_MS = 60_000;
const WELCOME_MS = 10_000;
// Longer than the time between two pings: after such a silence do not trust the connection.
const STALE_MS = 30_000;

/** @typedef {'connecting' | 'open' | 'offline' | 'failed'} SocketStatus */

/** @typedef {{ticket: string} | {token: string}} Credential */

/**
 * @typedef {object} SocketPorts
 * @property {string} url
 * @property {() => Promise<Credential | null>} hello
 * @property {() => Promise<string | null>} [token] a fresh access token, when one expires
 * @property {() => void} onOpen
 * @property {(frame: ServerFrame) => void} onFrame
 * @property {(status: SocketStatus, text?: string) => void} onStatus
 * @property {(text: string) => void} onSignIn the server ended the session; `text` says why
 * @property {typeof globalThis.WebSocket} [WebSocket]
 * @property {() => number} [random]
 */

export class LiveSocket {
  /** @type {SocketStatus} */
  status = 'offline';
  /** @type {WebSocket | null} */
  #socket = null;
  #nextId = 1;
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watchdog;
  #wanted = false;
  /** Counts connections: what belongs to an earlier one is ignored. */
  #attempt = 0;
  #receivedAt = 0;

  /** @param {SocketPorts} ports */
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

  /** Connect now instead of when the delay is over: the network or the window came back. */
  reconnectNow() {
    if (!this.#wanted) return;
    if (this.status === 'offline') this.#connect();
    // A connection that died while the laptop slept may never report its end.
    else if (this.status === 'open' && Date.now() - this.#receivedAt > STALE_MS) this.#abandon();
  }

  /**
   * Send a frame. Return false if there is no open connection.
   * @param {ClientFrame} frame
   */
  send(frame) {
    if (this.status !== 'open') return false;
    this.#write(frame);
    return true;
  }

  /** @param {Cursor[]} cursors */
  subscribe(cursors) {
    if (cursors.length > 0) this.send({ id: this.#nextId++, type: 'subscribe', lists: cursors });
  }

  /** @param {string[]} lists */
  unsubscribe(lists) {
    if (lists.length > 0) this.send({ id: this.#nextId++, type: 'unsubscribe', lists });
  }

  /** @param {ClientFrame} frame */
  #write(frame) {
    this.#socket?.send(JSON.stringify(frame));
  }

  async #connect() {
    clearTimeout(this.#timer);
    const attempt = ++this.#attempt;
    this.#report('connecting');
    let credential;
    try {
      credential = await this.ports.hello();
    } catch (error) {
      if (attempt === this.#attempt) this.#reconnectLater(retryAfter(error));
      return;
    }
    if (attempt !== this.#attempt || !this.#wanted || credential === null) return;
    const socket = new this.ports.WebSocket(this.ports.url, SUBPROTOCOL);
    this.#socket = socket;
    socket.onopen = () => this.#write({ id: this.#nextId++, type: 'hello', ...credential });
    socket.onmessage = ({ data }) => this.#receive(attempt, JSON.parse(data));
    socket.onclose = ({ code }) => this.#closed(attempt, code);
    this.#startWatchdog(WELCOME_MS);
  }

  /**
   * @param {number} attempt
   * @param {ServerFrame} frame
   */
  #receive(attempt, frame) {
    if (attempt !== this.#attempt) return;
    this.#receivedAt = Date.now();
    this.#startWatchdog(SILENCE_MS);
    if (frame.type === 'batch') {
      // The contract leaves the frames of a batch untyped.
      const frames = /** @type {unknown[]} */ (frame.frames);
      for (const inner of frames) this.#receive(attempt, /** @type {ServerFrame} */ (inner));
    } else if (frame.type === 'welcome') {
      this.#failures = 0;
      this.#report('open');
      this.ports.onOpen();
    } else {
      if (frame.type === 'expiring') this.#renew();
      this.ports.onFrame(frame);
    }
  }

  /** Send a newer token over the open socket. Without one the server closes with 4001. */
  async #renew() {
    try {
      const token = await this.ports.token?.();
      if (token) this.send({ id: this.#nextId++, type: 'auth', token });
    } catch {
      // Offline: the close that follows leads to a reconnect.
    }
  }

  /**
   * @param {number} attempt
   * @param {number} code
   */
  #closed(attempt, code) {
    if (attempt !== this.#attempt) return;
    clearTimeout(this.#watchdog);
    this.#socket = null;
    const order = closeOrder(code);
    if (order.action === 'stop' || order.action === 'sign-in') {
      this.#wanted = false;
      this.#report('failed', t(order.text));
      if (order.action === 'sign-in') this.ports.onSignIn(t(order.text));
    } else if (order.action === 'ticket') {
      // Reconnect at once the first time, and with the usual delays if the server repeats it.
      this.#reconnectLater(this.#failures === 0 ? 0 : null);
    } else {
      const isRestart = order.action === 'spread';
      this.#reconnectLater(isRestart ? this.ports.random() * RESTART_SPREAD_SECONDS : null);
    }
  }

  /** @param {number | null} seconds the delay; null: the usual one after so many failures */
  #reconnectLater(seconds) {
    clearTimeout(this.#watchdog);
    const delay = seconds ?? reconnectDelay(this.#failures, this.ports.random);
    this.#failures += 1;
    this.#report('offline');
    this.#timer = setTimeout(() => {
      if (this.#wanted) this.#connect();
    }, delay * 1000);
  }

  /**
   * Abandon the connection after a long silence: a half-open connection reports nothing.
   * @param {number} milliseconds
   */
  #startWatchdog(milliseconds) {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#abandon(), milliseconds);
  }

  #abandon() {
    const socket = this.#socket;
    if (socket) socket.onclose = socket.onmessage = null;
    this.#closed(this.#attempt, 4005);
    socket?.close();
  }

  /**
   * @param {SocketStatus} status
   * @param {string} [text]
   */
  #report(status, text) {
    this.status = status;
    this.ports.onStatus(status, text);
  }
}
