// The session of a guest, who uses one list by a share link. Its token is kept in this tab alone:
// in other tabs somebody may be signed in. When the session ends, the page is loaded anew.

import { Refused, request } from '../api.js';

/**
 * @import { AccountSnapshot, GuestSessionShape, MyListShape } from '../../types/contract.d.ts'
 * @import { Answer, RequestOptions, SignOutReason } from '../../types/client.d.ts'
 */

const KEY = 'livelist.guest';
/** @typedef {GuestSessionShape & {linkToken: string}} Guest */

/**
 * Keep the session for this tab, and load its list.
 * @param {GuestSessionShape} session
 * @param {string} linkToken of the link, to open it again when the session has ended
 */
export function beginGuestSession(session, linkToken) {
  sessionStorage.setItem(KEY, JSON.stringify({ ...session, linkToken }));
  location.assign(`/lists/${session.list_id}`);
}

/** Return the session of the guest in this tab; null without one. */
export function restoreGuestSession() {
  const kept = sessionStorage.getItem(KEY);
  return kept === null ? null : new GuestSession(JSON.parse(kept));
}

/** Dispatches `signed-out`, as Session does. */
export class GuestSession extends EventTarget {
  isSignedIn = true;
  wasSignedIn = true;
  isLeaving = false;

  /** @param {Guest} guest */
  constructor(guest) {
    super();
    this.guest = guest;
  }

  resume() {
    return Promise.resolve(true);
  }

  token() {
    return Promise.resolve(this.guest.token);
  }

  hello() {
    return Promise.resolve({ token: this.guest.token });
  }

  /**
   * @template [Body=null]
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} [options]
   * @returns {Promise<Answer<Body>>}
   */
  async call(method, path, options = {}) {
    try {
      return await request(method, path, { ...options, token: this.guest.token });
    } catch (error) {
      if (error instanceof Refused && error.status === 401) this.end();
      throw error;
    }
  }

  /**
   * Return what a page knows of an account, for a guest: the one list, and nothing else.
   * @returns {Promise<AccountSnapshot>}
   */
  async readAccount() {
    const { user, list_id: listId } = this.guest;
    /** @type {Answer<MyListShape>} */
    const { body: list } = await this.call('GET', `/lists/${listId}`);
    return /** @type {AccountSnapshot} */ ({
      // No account has an empty address: `isGuest` in store/queries.js.
      account: { ...user, email: '', ...hereAndNow() },
      lists: [list],
      folders: /** @type {unknown[]} */ ([]),
      personal_labels: /** @type {unknown[]} */ ([]),
      labelled_todos: /** @type {unknown[]} */ ([]),
      invitations: /** @type {unknown[]} */ ([]),
      reminders: /** @type {unknown[]} */ ([]),
      notifications: { items: /** @type {unknown[]} */ ([]), unread_count: 0 },
      preferences: /** @type {unknown} */ (null),
      // A guest has no stream of their own.
      stream: list.stream,
    });
  }

  expectEnd(isLeaving = true) {
    this.isLeaving = isLeaving;
  }

  /** Leave the list, and forget the session. */
  async signOut() {
    this.expectEnd();
    await this.call('DELETE', `/lists/${this.guest.list_id}/members/${this.guest.user.id}`);
    this.#forget('chosen');
  }

  /** The server ended the session. */
  end() {
    this.#forget('ended');
  }

  /** @param {SignOutReason} reason */
  #forget(reason) {
    if (!this.isSignedIn) return;
    this.isSignedIn = false;
    sessionStorage.removeItem(KEY);
    this.dispatchEvent(new CustomEvent('signed-out', { detail: reason }));
    // The page of the link says what became of it.
    const token = this.guest.linkToken;
    location.assign(`/join#token=${token}${reason === 'ended' ? '&ended=1' : ''}`);
  }
}

/** The zone and language of this browser, as an account has them. */
function hereAndNow() {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return { time_zone: timeZone, locale: '' };
}
