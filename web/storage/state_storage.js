// The confirmed state of the signed-in user in IndexedDB. What is written together is read
// together: a state and the positions of its streams never disagree.

import { committed, openDatabase } from './indexed_db.js';
import { LIST_ROW } from './state_rows.js';

/**
 * @import { Put } from './state_rows.js'
 *
 * @typedef {{user: string, generation: number, release: string, text: string}} AccountRow
 * @typedef {{user: string, list: string, openedAt: number, text: string}} ListRow
 * @typedef {{user: string, list: string, chunk: number, text: string}} ChunkRow
 *
 * @typedef {object} Changes
 * @property {number | null} generation of the state that they change; null: replace what is stored
 * @property {string} release of the page
 * @property {string} account
 * @property {Put[]} puts
 * @property {Iterable<string>} dropped lists that are not stored any more
 * @property {(listId: string) => number} openedAt
 */

// A database of its own: each changes its layout apart from the others.
const DATABASE = 'livelist-state';
const STORES = ['accounts', 'lists', 'todos'];

/** @param {IDBDatabase} database */
function create(database) {
  database.createObjectStore('accounts', { keyPath: 'user' });
  database.createObjectStore('lists', { keyPath: ['user', 'list'] });
  database.createObjectStore('todos', { keyPath: ['user', 'list', 'chunk'] });
}

/**
 * Return the range of the keys that begin with these parts. An array is greater than any text.
 * @param {string[]} parts
 */
const below = (...parts) => IDBKeyRange.bound(parts, [...parts, []]);

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answerTo(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** The stored state of one user. Every method fails where the browser refuses to store. */
export class StateStorage {
  #opened = openDatabase(DATABASE, create);

  /** @param {string} user */
  constructor(user) {
    this.user = user;
    // Each method fails by itself; this is not one more error.
    this.#opened.catch(() => {});
  }

  /**
   * Return the row of the account, and when each stored list was last opened.
   * @returns {Promise<{row: AccountRow | undefined, openedAt: Map<string, number>}>}
   */
  async readAccount() {
    const transaction = (await this.#opened).transaction(['accounts', 'lists']);
    const [row, lists] = await Promise.all([
      answerTo(transaction.objectStore('accounts').get(this.user)),
      answerTo(transaction.objectStore('lists').getAll(below(this.user))),
    ]);
    const openedAt = /** @type {ListRow[]} */ (lists).map((each) => [each.list, each.openedAt]);
    return { row, openedAt: new Map(/** @type {[string, number][]} */ (openedAt)) };
  }

  /**
   * Return the rows of a list; null if it is not stored.
   * @param {string} listId
   * @returns {Promise<{text: string, todos: string[]} | null>}
   */
  async readList(listId) {
    const transaction = (await this.#opened).transaction(['lists', 'todos']);
    const [row, chunks] = await Promise.all([
      answerTo(transaction.objectStore('lists').get([this.user, listId])),
      answerTo(transaction.objectStore('todos').getAll(below(this.user, listId))),
    ]);
    const texts = /** @type {ChunkRow[]} */ (chunks).map(({ text }) => text);
    return row ? { text: row.text, todos: texts } : null;
  }

  /**
   * Write changes of the state, all or none. Return the new generation; null if another window
   * has written meanwhile, so that the changes do not fit what is stored.
   * @param {Changes} changes
   * @returns {Promise<number | null>}
   */
  async write(changes) {
    const transaction = (await this.#opened).transaction(STORES, 'readwrite');
    const accounts = transaction.objectStore('accounts');
    /** @type {number | null} */
    let written = null;
    const reading = accounts.get(this.user);
    reading.onsuccess = () => {
      const before = /** @type {AccountRow | undefined} */ (reading.result)?.generation ?? 0;
      if (changes.generation !== null && changes.generation !== before) return;
      written = before + 1;
      this.#put(transaction, changes, written);
      // The page may be gone before the event loop turns again.
      transaction.commit();
    };
    await committed(transaction);
    return written;
  }

  /**
   * @param {IDBTransaction} transaction
   * @param {Changes} changes
   * @param {number} generation
   */
  #put(transaction, changes, generation) {
    const { user } = this;
    const [accounts, lists, todos] = STORES.map((name) => transaction.objectStore(name));
    if (changes.generation === null) {
      lists.delete(below(user));
      todos.delete(below(user));
    }
    for (const list of changes.dropped) {
      lists.delete([user, list]);
      todos.delete(below(user, list));
    }
    for (const put of changes.puts) {
      const { list, chunk, text } = put;
      if (chunk === LIST_ROW) lists.put({ user, list, openedAt: changes.openedAt(list), text });
      else todos.put({ user, list, chunk, text });
    }
    accounts.put({ user, generation, release: changes.release, text: changes.account });
  }

  /** Forget all about the user. */
  async clear() {
    const transaction = (await this.#opened).transaction(STORES, 'readwrite');
    const [accounts, lists, todos] = STORES.map((name) => transaction.objectStore(name));
    accounts.delete(this.user);
    lists.delete(below(this.user));
    todos.delete(below(this.user));
    await committed(transaction);
  }
}
