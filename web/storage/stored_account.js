// All that the browser keeps of one user: the state with which the page opens, and which is kept
// near the confirmed one; unsent changes; drafts.

import { KeptUndos } from './kept_undos.js';
import { draftStorage } from './draft_storage.js';
import { outboxStorage } from './outbox_storage.js';
import { accountOf, doubted, LIST_ROW, withList } from './state_rows.js';
import { StateSaver } from './state_saver.js';
import { StateStorage } from './state_storage.js';
import { whileLeading } from './tab_lock.js';

/**
 * @import { Sizes } from './state_saver.js'
 * @import { Store } from '../store/store.js'
 */

// A cookie names the user of whom something is stored: a browser that is short of space, or was not
// used for long, leaves it when it removes what pages have stored.
const COOKIE = 'livelist-stored=';
// The longest that browsers keep a cookie; each visit that stores something sets it anew.
const COOKIE_SECONDS = 400 * 24 * 60 * 60;

/** @param {string} user an id, which no cookie needs to escape; empty to forget it */
function markStored(user) {
  const secure = location.protocol === 'https:' ? ';secure' : '';
  const seconds = user && COOKIE_SECONDS;
  document.cookie = `${COOKIE}${user};path=/;samesite=strict;max-age=${seconds || 0}${secure}`;
}

/** Names the release of this page: its script has the release in its address. */
const RELEASE = () => document.querySelector('script[type=module]')?.getAttribute('src') ?? '';

export class StoredAccount {
  #storage;
  #saver;
  #stopLeading = () => {};
  #isOpen = true;

  /**
   * @param {string} user
   * @param {{store: Store, onFailed: (error: unknown) => void}} ports
   */
  constructor(user, { store, onFailed }) {
    this.user = user;
    this.store = store;
    this.outbox = outboxStorage(user);
    this.drafts = draftStorage(user);
    this.undos = new KeptUndos(user, localStorage);
    this.#storage = new StateStorage(user);
    const onSaved = () => this.#isOpen && markStored(user);
    this.#saver = new StateSaver({
      storage: this.#storage,
      store,
      release: RELEASE(),
      onFailed,
      onSaved,
    });
  }

  /** Return true, once, if the browser has removed what was stored: the user did not sign out. */
  async isRemoved() {
    const isMarked = document.cookie.includes(COOKIE + this.user);
    if (!isMarked || (await this.#storage.readAccount()).row) return false;
    markStored('');
    return true;
  }

  /**
   * Put the stored state into the store: first the account with one list, so that the page can be
   * drawn, then the others. Return false if there is none.
   * @param {string | undefined} shownList
   * @param {() => void} onFirst
   */
  async restore(shownList, onFirst) {
    const { row, openedAt } = await this.#storage.readAccount();
    if (!row) return false;
    let state = accountOf(row.text);
    const isSameRelease = row.release === RELEASE();
    if (!isSameRelease) state = doubted(state);
    const first = shownList ?? Object.values(state.lists).find((list) => list.is_inbox)?.id ?? '';
    /** @type {Sizes} */
    const sizes = new Map();
    for (const listId of new Set([first, ...openedAt.keys()])) {
      const rows = state.lists[listId] && await this.#storage.readList(listId);
      if (rows) {
        sizes.set(listId, sizesOf(rows));
        state = withList(state, listId, rows);
        if (!isSameRelease) state = doubted(state);
      }
      if (listId !== first) continue;
      this.store.restore(state);
      onFirst();
    }
    this.store.restore(state);
    if (isSameRelease) {
      this.#saver.goOnFrom({ state, generation: row.generation, openedAt, sizes });
    }
    return true;
  }

  /** Store the state from now on, if no other window does. */
  keep() {
    const stopLeading = whileLeading(
      `livelist.state.${this.user}`,
      () => this.#saver.start(),
      () => this.#saver.stop(),
    );
    const saveNow = () => this.#saver.saveNow();
    addEventListener('pagehide', saveNow);
    this.#stopLeading = () => {
      removeEventListener('pagehide', saveNow);
      stopLeading();
    };
  }

  /** @param {string} listId */
  opened(listId) {
    this.#saver.opened(listId);
  }

  /** Stop storing, and forget the state; `all`: also what was not sent. */
  async forget({ all = false } = {}) {
    this.#stopLeading();
    this.#isOpen = false;
    markStored('');
    this.undos.forget();
    const unsent = all ? [this.outbox.clear(), this.drafts.clear()] : [];
    await Promise.allSettled([this.#storage.clear(), ...unsent]);
    // Another window may have saved and marked the state just before it was cleared.
    markStored('');
  }
}

/**
 * Return the characters of each row, as the saver counts them.
 * @param {{text: string, todos: string[]}} rows
 */
function sizesOf({ text, todos }) {
  const sizes = new Map([[LIST_ROW, text.length]]);
  todos.forEach((chunk, at) => sizes.set(at, chunk.length));
  return sizes;
}
