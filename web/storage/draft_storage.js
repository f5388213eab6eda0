// What was typed and not sent, in IndexedDB: one row for each user and place.

import { committed, openDatabase } from './indexed_db.js';

/**
 * @import { Draft } from '../types/client.d.ts'
 * @import { DraftStorage } from '../store/drafts.js'
 * @typedef {{user: string, place: string, draft: Draft}} Row
 */

// A database of its own: outbox and drafts change their layouts apart from each other.
const DATABASE = 'livelist-drafts';
const STORE = 'drafts';

/**
 * Return the drafts of one user. Users who share a browser never see each other's.
 * @param {string} user
 * @returns {DraftStorage & {clear: () => Promise<void>}} `clear` forgets all of the user
 */
export function draftStorage(user) {
  const opened = openDatabase(DATABASE, (database) => {
    database.createObjectStore(STORE, { keyPath: ['user', 'place'] }).createIndex('user', 'user');
  });
  // A private window may have no storage. Each method says so by failing; this is not one more.
  opened.catch(() => {});
  /** @param {(store: IDBObjectStore) => void} write */
  const writing = async (write) => {
    const transaction = (await opened).transaction(STORE, 'readwrite');
    write(transaction.objectStore(STORE));
    // The page may be gone before the event loop turns again.
    transaction.commit();
    await committed(transaction);
  };
  return {
    async all() {
      const reading = (await opened).transaction(STORE).objectStore(STORE).index('user').getAll(
        user,
      );
      /** @type {Row[]} */
      const rows = await new Promise((resolve, reject) => {
        reading.onsuccess = () => resolve(reading.result);
        reading.onerror = () => reject(reading.error);
      });
      return new Map(rows.map(({ place, draft }) => [place, draft]));
    },
    put: (place, draft) => writing((store) => store.put({ user, place, draft })),
    delete: (place) => writing((store) => store.delete([user, place])),
    clear: () => writing((store) => store.delete(IDBKeyRange.bound([user], [user, []]))),
  };
}
