// The outbox in IndexedDB: one row for each mutation, in the order they were made.

import { committed, openDatabase } from './indexed_db.js';

/**
 * @import { Mutation } from '../types/client.d.ts'
 * @import { OutboxStorage } from '../sync/sockets/peers.js'
 * @typedef {{n?: number, user: string, key: string, mutation: Mutation}} Row
 */

const DATABASE = 'livelist';
const STORE = 'outbox';

/** @param {IDBDatabase} database */
function create(database) {
  const store = database.createObjectStore(STORE, { keyPath: 'n', autoIncrement: true });
  store.createIndex('key', 'key', { unique: true });
  store.createIndex('user', 'user');
}

/**
 * Write `mutation` under its key. If the key has a row already, replace its mutation and keep its
 * place in the order.
 * @param {IDBObjectStore} store
 * @param {string} user
 * @param {Mutation} mutation
 */
function write(store, user, mutation) {
  const finding = store.index('key').getKey(mutation.key);
  finding.onsuccess = () => {
    const row = { user, key: mutation.key, mutation };
    store.put(finding.result === undefined ? row : { ...row, n: finding.result });
  };
}

/**
 * @param {IDBObjectStore} store
 * @param {string} user
 * @returns {Promise<Required<Row>[]>}
 */
function rowsOf(store, user) {
  return new Promise((resolve, reject) => {
    const reading = store.index('user').getAll(user);
    reading.onsuccess = () => resolve(reading.result);
    reading.onerror = () => reject(reading.error);
  });
}

/**
 * Return one user's outbox. Users who share a browser never send each other's writes.
 * @param {string} user
 * @returns {OutboxStorage & {clear: () => Promise<void>}} `clear` forgets all of the user
 */
export function outboxStorage(user) {
  const opened = openDatabase(DATABASE, create);
  return {
    async all() {
      const store = (await opened).transaction(STORE).objectStore(STORE);
      const rows = await rowsOf(store, user);
      return rows.sort((a, b) => a.n - b.n).map(({ mutation }) => mutation);
    },
    async put(mutation) {
      const transaction = (await opened).transaction(STORE, 'readwrite');
      write(transaction.objectStore(STORE), user, mutation);
      await committed(transaction);
    },
    // In one transaction: after a reload nothing else could resolve the temporary ids in `changed`.
    async settle(key, changed) {
      const transaction = (await opened).transaction(STORE, 'readwrite');
      const store = transaction.objectStore(STORE);
      const finding = store.index('key').getKey(key);
      finding.onsuccess = () => {
        if (finding.result !== undefined) store.delete(finding.result);
      };
      for (const mutation of changed) write(store, user, mutation);
      await committed(transaction);
    },
    async clear() {
      const transaction = (await opened).transaction(STORE, 'readwrite');
      const store = transaction.objectStore(STORE);
      const finding = store.index('user').getAllKeys(user);
      finding.onsuccess = () => finding.result.forEach((key) => store.delete(key));
      await committed(transaction);
    },
  };
}
