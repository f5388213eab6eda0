// What a view reads with a request. What fails without a connection is read again by itself as soon
// as there is one, so that nobody has to press a button.

import { t } from '../../languages/translate.js';
import { h } from './dom.js';

/** @import { Store } from '../../store/store.js' */

export class Reading {
  /** What the last attempt failed with; null: it did not fail. @type {unknown} */
  error = null;
  #store;
  #read;
  #onChange;
  #wasOffline = false;
  /** Counts attempts: how an earlier one ended is ignored. */
  #attempts = 0;

  /**
   * @param {Store} store
   * @param {() => Promise<void>} read takes what it read; its errors are kept here
   * @param {() => void} onChange shows what has changed
   */
  constructor(store, read, onChange) {
    this.#store = store;
    this.#read = read;
    this.#onChange = onChange;
  }

  /** Follow the connection. */
  start() {
    this.#wasOffline = this.#store.isOffline;
    this.#store.addEventListener('change', this.#follow);
  }

  stop() {
    this.#store.removeEventListener('change', this.#follow);
  }

  /** What the last attempt failed with, unless it is repeated once there is a connection. */
  get failure() {
    return this.#store.isOffline ? null : this.error;
  }

  /**
   * Return what to say in place of what is not read; null while it is being read.
   * @param {string} waiting until there is a connection
   * @param {string} failed beside a button that reads it again
   */
  note(waiting, failed) {
    if (this.error === null) return null;
    if (!this.failure) return h('p', { class: 'quiet' }, waiting);
    const button = h('button', { class: 'link', onClick: () => this.run() }, t('Try again'));
    return h('p', { class: 'quiet' }, failed, ' ', button);
  }

  /** @returns {Promise<void>} */
  async run() {
    const attempt = ++this.#attempts;
    const { isOffline } = this.#store;
    this.error = null;
    try {
      await this.#read();
    } catch (error) {
      if (attempt !== this.#attempts) return;
      // The connection came back while the attempt without one took its time.
      if (isOffline && !this.#store.isOffline) return this.run();
      this.error = error;
    }
    this.#onChange();
  }

  #follow = () => {
    const { isOffline } = this.#store;
    if (isOffline === this.#wasOffline) return;
    this.#wasOffline = isOffline;
    if (this.error === null) return;
    if (isOffline) this.#onChange();
    else this.run();
  };
}
