// Who is signed in. The access token lives in memory only; the refresh token in an HttpOnly cookie
// that no script can read. All windows share the cookie, so they take turns refreshing it.

import { Refused, request, Unreachable } from './api.js';

const HINT = 'livelist.signed-in';
// Refresh this long before expiry, so that no request ever carries a token that dies on the way.
const EARLY_MS = 60_000;

export class Session extends EventTarget {
  #token = null;
  #expiresAt = 0;
  #refreshing = null;
  #channel = new BroadcastChannel('livelist.session');

  constructor() {
    super();
    this.#channel.onmessage = ({ data }) => {
      if (data === 'signed-out') this.#forget('elsewhere');
      if (data === 'signed-in' && !this.isSignedIn) {
        // The other window's hint may arrive after its message.
        localStorage.setItem(HINT, '1');
        this.dispatchEvent(new Event('signed-in'));
      }
    };
  }

  get isSignedIn() {
    return this.#token !== null;
  }

  /** Tries the cookie of an earlier visit. Answers whether somebody is signed in now. */
  async resume() {
    // Without the hint there is no cookie worth asking about: the first visit makes no failing request.
    if (!localStorage.getItem(HINT)) return false;
    await this.token({ fresh: true });
    return this.isSignedIn;
  }

  /** @param {{access_token: string, expires_in: number}} answer */
  accept(answer) {
    const isNew = !this.isSignedIn;
    this.#token = answer.access_token;
    this.#expiresAt = Date.now() + answer.expires_in * 1000;
    localStorage.setItem(HINT, '1');
    if (isNew) this.#channel.postMessage('signed-in');
  }

  /** Returns a token that lives a while longer; null when nobody is signed in. */
  async token({ fresh = false } = {}) {
    const early = Math.min(EARLY_MS, (this.#expiresAt - Date.now()) / 2);
    if (this.#token && !fresh && Date.now() < this.#expiresAt - Math.max(early, 5_000)) {
      return this.#token;
    }
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    await this.#refreshing;
    return this.#token;
  }

  async #refresh() {
    const turn = navigator.locks
      ? (work) => navigator.locks.request('livelist.refresh', work)
      : (work) => work();
    try {
      const { body } = await turn(() => request('POST', '/auth/refresh', { body: {} }));
      this.accept(body);
    } catch (error) {
      if (error instanceof Refused) this.#forget('expired');
      else throw error;
    }
  }

  /** A request in the name of who is signed in; a token that just died is replaced once. */
  async call(method, path, options = {}) {
    const token = await this.token();
    if (!token) throw new Refused(401, { detail: 'Sign in to do this.' });
    try {
      return await request(method, path, { ...options, token });
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) throw error;
      const fresh = await this.token({ fresh: true });
      if (!fresh) throw error;
      return request(method, path, { ...options, token: fresh });
    }
  }

  async signOut() {
    try {
      await this.call('POST', '/auth/logout', { body: {} });
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof Unreachable)) throw error;
    }
    this.#channel.postMessage('signed-out');
    this.#forget('chosen');
  }

  /** The server ended the session while a socket was open. */
  end() {
    this.#forget('ended');
  }

  #forget(reason) {
    const was = this.#token !== null;
    this.#token = null;
    localStorage.removeItem(HINT);
    if (was) this.dispatchEvent(new CustomEvent('signed-out', { detail: reason }));
  }
}
