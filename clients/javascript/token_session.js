// The sign-in of a program: an API token, which neither refreshes nor asks anybody.

import { Refused, request } from '../../web/sync/api.js';

/**
 * @import { AccountShape, AccountSnapshot, MyListShape } from '../../web/types/contract.d.ts'
 * @import { Answer, LiveSession, RequestOptions } from '../../web/types/client.d.ts'
 */

/** @implements {LiveSession} */
export class TokenSession {
  #origin;
  #token;

  /**
   * @param {string} origin
   * @param {string} token
   */
  constructor(origin, token) {
    this.#origin = origin;
    this.#token = token;
  }

  token() {
    return Promise.resolve(this.#token);
  }

  hello() {
    return Promise.resolve({ token: this.#token });
  }

  /**
   * @template [Body=null]
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} [options]
   * @returns {Promise<Answer<Body>>}
   */
  call(method, path, options = {}) {
    return request(method, path, { ...options, token: this.#token, origin: this.#origin });
  }

  /** @returns {Promise<AccountSnapshot>} */
  async readAccount() {
    try {
      /** @type {Answer<AccountSnapshot>} */
      const { body } = await this.call('GET', '/users/me/snapshot');
      return body;
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'insufficient_scope') throw error;
      return this.#readSomeLists();
    }
  }

  /** Return what a token of some lists may read of the account: it has no stream of the user. */
  async #readSomeLists() {
    /** @type {Answer<AccountShape>} */
    const { body: account } = await this.call('GET', '/users/me');
    const lists = [...await this.#readLists('active'), ...await this.#readLists('archived')];
    if (lists.length === 0) throw new Refused(403, { detail: 'The API token reaches no list.' });
    return /** @type {AccountSnapshot} */ ({
      account,
      lists,
      folders: /** @type {unknown[]} */ ([]),
      personal_labels: /** @type {unknown[]} */ ([]),
      labelled_todos: /** @type {unknown[]} */ ([]),
      invitations: /** @type {unknown[]} */ ([]),
      reminders: /** @type {unknown[]} */ ([]),
      notifications: { items: /** @type {unknown[]} */ ([]), unread_count: 0 },
      preferences: /** @type {unknown} */ (null),
      stream: lists[0].stream,
    });
  }

  /**
   * Return all lists of a state: a token has at most 100, and an answer 200.
   * @param {'active' | 'archived'} state
   */
  async #readLists(state) {
    /** @type {Answer<{items: MyListShape[]}>} */
    const { body } = await this.call('GET', `/lists?state=${state}`);
    return body.items;
  }
}
