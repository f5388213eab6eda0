// The sign-in of this browser. The access token is in memory only, the refresh token in an HttpOnly
// cookie that no script can read. All windows share the cookie, so they refresh one after another.

import { t } from '../languages/translate.js';
import { download, Refused, request, Unreachable, upload, userOf } from './api.js';

/**
 * @import {
 *   AccountSnapshot, Method, SignInShape, TicketShape,
 * } from '../types/contract.d.ts'
 * @import {
 *   Answer, RequestOptions, SessionEvents, SignOutReason, TypedEventTarget,
 * } from '../types/client.d.ts'
 */

// Says that a user is signed in, and which one. It proves nothing to the server.
const HINT = 'livelist.signed-in';
const UNKNOWN = '1';
// Refresh this long before expiry, so that no request carries a token that expires on the way.
const EARLY_MS = 60_000;
const LEAST_EARLY_MS = 5_000;

const SessionTarget = /** @type {new () => TypedEventTarget<SessionEvents>} */ (EventTarget);

/** Dispatches `signed-in`, when another window signed in, and `signed-out` with the reason. */
export class Session extends SessionTarget {
  /** @type {string | null} */
  #token = null;
  /** @type {string | null} the user of this window: no other one's sign-in is used in it */
  #user = null;
  #expiresAt = 0;
  /** @type {Promise<void> | null} */
  #refreshing = null;
  /** How often a session ended. Answers to what was asked before the last end are ignored. */
  #endings = 0;
  #channel = new BroadcastChannel('livelist.session');
  /** The user is signing out, here or in another window: that the session ends is no news. */
  isLeaving = false;
  /** Signing out, the user wants nothing to stay in this browser. */
  #isDeleting = false;
  /** The page shows what was stored; the server has not said yet that the session goes on. */
  isAssumed = false;
  /** The server wants the user to set a second factor up, and answers nothing else before. */
  mustSetUp = false;
  /**
   * Ask the user to confirm who they are, by one of the methods. Return false if they do not.
   * @type {(methods: Method[]) => Promise<boolean>}
   */
  confirmIdentity = () => Promise.resolve(false);
  /** @type {string | null} When the account is deleted, as its user asked; null for every other. */
  deleteAt = null;

  constructor() {
    super();
    this.#channel.onmessage = ({ data }) => {
      if (data === 'leaving' || data === 'deleting' || data === 'staying') this.#expect(data);
      if (data === 'signed-out') this.#forget('elsewhere');
      if (data === 'deleted') this.#forget('deleted');
      if (data === 'signed-in' && !this.isSignedIn) {
        // Set the hint here too: the other window's write to localStorage may arrive later.
        if (!this.wasSignedIn) localStorage.setItem(HINT, UNKNOWN);
        this.dispatchEvent(new Event('signed-in'));
      }
    };
  }

  get isSignedIn() {
    return this.#token !== null;
  }

  /** True if a user was signed in at an earlier visit, and did not sign out. */
  get wasSignedIn() {
    return localStorage.getItem(HINT) !== null;
  }

  /** The user who was signed in at an earlier visit, and did not sign out; null if unknown. */
  get lastUser() {
    const user = localStorage.getItem(HINT);
    return user === UNKNOWN ? null : user;
  }

  /**
   * Open the window as the user of an earlier visit, before the server was asked.
   * @param {string} user
   */
  assume(user) {
    this.#user = user;
    this.isAssumed = true;
  }

  /**
   * The server said who is signed in.
   * @param {string} user
   */
  remember(user) {
    this.#user = user;
    localStorage.setItem(HINT, user);
  }

  /** Try the cookie of an earlier visit. Return true if a user is signed in now. */
  async resume() {
    // Without the hint there is no cookie to try: the first visit makes no failing request.
    if (!this.wasSignedIn) return false;
    await this.token({ fresh: true });
    return this.isSignedIn;
  }

  /** @param {SignInShape} answer */
  accept(answer) {
    const user = userOf(answer.access_token);
    if (this.#user && user && user !== this.#user) return this.#forget('elsewhere', user);
    const isNew = !this.isSignedIn;
    this.#token = answer.access_token;
    this.deleteAt = answer.delete_at;
    this.#expiresAt = Date.now() + answer.expires_in * 1000;
    this.mustSetUp = answer.must_set_up_second_factor;
    localStorage.setItem(HINT, this.#user ?? user ?? UNKNOWN);
    if (isNew) this.#channel.postMessage('signed-in');
    if (!this.isAssumed) return;
    this.isAssumed = false;
    this.dispatchEvent(new Event('confirmed'));
  }

  /** Return a token that is valid a while longer; null when no user is signed in. */
  async token({ fresh = false } = {}) {
    // Nor may a request that is late renew a session that was signed out.
    if (!this.#token && !this.wasSignedIn) return null;
    const early = Math.min(EARLY_MS, (this.#expiresAt - Date.now()) / 2);
    const renewAt = this.#expiresAt - Math.max(early, LEAST_EARLY_MS);
    if (this.#token && !fresh && Date.now() < renewAt) return this.#token;
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    await this.#refreshing;
    return this.#token;
  }

  async #refresh() {
    const endings = this.#endings;
    try {
      await inTurn(async () => {
        if (endings !== this.#endings) return;
        /** @type {Answer<SignInShape>} */
        const { body } = await request('POST', '/auth/refresh', { body: {} });
        if (endings === this.#endings) this.accept(body);
      });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (endings === this.#endings) this.#forget(this.#reason('expired'));
    }
  }

  /**
   * Send a request as the signed-in user. A token that just expired is replaced once. If the server
   * wants the user to confirm who they are, ask, and send the request again.
   * @template [Body=null]
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} [options]
   * @returns {Promise<Answer<Body>>}
   * @throws {Refused | Unreachable}
   */
  async call(method, path, options = {}) {
    try {
      return await this.#callOnce(method, path, options);
    } catch (error) {
      if (error instanceof Refused && error.code === 'second_factor_required') this.#setUpFirst();
      const isAsked = error instanceof Refused && error.code === 'step_up_required';
      if (!isAsked || path === '/auth/step-up') throw error;
      if (!await this.confirmIdentity(error.methods)) throw error;
      return this.call(method, path, options);
    }
  }

  /** The user got a role, or the site a rule, that requires a second factor. */
  #setUpFirst() {
    if (this.mustSetUp) return;
    this.mustSetUp = true;
    this.dispatchEvent(new Event('setup-required'));
  }

  /**
   * @template [Body=null]
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} options
   * @returns {Promise<Answer<Body>>}
   */
  async #callOnce(method, path, options) {
    const token = await this.token();
    if (!token) throw new Refused(401, { detail: t('Sign in to do this.') });
    try {
      return await request(method, path, { ...options, token });
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) throw error;
      const fresh = await this.token({ fresh: true });
      if (!fresh) throw error;
      return request(method, path, { ...options, token: fresh });
    }
  }

  /** Return what the first frame of a socket signs in with. */
  async hello() {
    /** @type {Answer<TicketShape>} */
    const { body } = await this.call('POST', '/ws-ticket', { body: {} });
    return { ticket: body.ticket };
  }

  /** @returns {Promise<AccountSnapshot>} */
  async readAccount() {
    /** @type {Answer<AccountSnapshot>} */
    const { body } = await this.call('GET', '/users/me/snapshot');
    return body;
  }

  /**
   * Return the file at a path.
   * @param {string} path
   * @param {AbortSignal} [signal]
   * @throws {Refused | Unreachable}
   */
  async download(path, signal) {
    const token = await this.token();
    if (!token) throw new Refused(401, { detail: t('Sign in to do this.') });
    return download(path, token, signal);
  }

  /**
   * Send a file, with the sign-in of this window.
   * @param {string} path below /api/v1
   * @param {Blob} file
   * @returns {Promise<any>} what the route answers
   */
  async upload(path, file) {
    const token = await this.token();
    if (!token) throw new Refused(401, { detail: t('Sign in to do this.') });
    return upload(path, file, token);
  }

  /**
   * Say in all windows that the server will end the session because of what the user does now, or,
   * with `isLeaving` false, that it was refused. A window does not report an end that it expects.
   */
  expectEnd(isLeaving = true) {
    this.#announce(isLeaving ? 'leaving' : 'staying');
  }

  /** @param {'leaving' | 'deleting' | 'staying'} intent */
  #announce(intent) {
    this.#expect(intent);
    this.#channel.postMessage(intent);
  }

  /** @param {'leaving' | 'deleting' | 'staying'} intent */
  #expect(intent) {
    this.isLeaving = intent !== 'staying';
    this.#isDeleting = intent === 'deleting';
  }

  /** @param {'chosen' | 'deleted'} reason */
  async signOut(reason = 'chosen') {
    // The server may end the sockets of other windows before they are told.
    this.#announce(reason === 'deleted' ? 'deleting' : 'leaving');
    try {
      await this.call('POST', '/auth/logout', { body: {} });
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof Unreachable)) throw error;
    }
    this.#channel.postMessage(reason === 'deleted' ? reason : 'signed-out');
    this.#forget(reason);
  }

  /** The server ended the session while a socket was open. */
  end() {
    this.#forget(this.#reason('ended'));
  }

  /**
   * Return why a session ended: because the user signs out, or else as it seems.
   * @param {SignOutReason} seeming
   */
  #reason(seeming) {
    if (this.#isDeleting) return 'deleted';
    return this.isLeaving ? 'chosen' : seeming;
  }

  /**
   * @param {SignOutReason} reason
   * @param {string} [successor] who is signed in now in this browser
   */
  #forget(reason, successor) {
    const wasSignedIn = this.isSignedIn || this.isAssumed;
    this.#token = this.#user = this.deleteAt = null;
    this.#endings++;
    this.isAssumed = false;
    this.#expect('staying');
    if (successor) localStorage.setItem(HINT, successor);
    else localStorage.removeItem(HINT);
    if (wasSignedIn) this.dispatchEvent(new CustomEvent('signed-out', { detail: reason }));
  }
}

/**
 * Run `work` while no other window runs it, where the browser has locks.
 * @param {() => Promise<void>} work
 */
async function inTurn(work) {
  if (navigator.locks) await navigator.locks.request('livelist.refresh', work);
  else await work();
}
