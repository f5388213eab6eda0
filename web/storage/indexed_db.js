// IndexedDB as promises, as far as the client needs it.

/**
 * Open a database of the first version, and create its stores if it is new.
 * @param {string} name
 * @param {(database: IDBDatabase) => void} create
 * @returns {Promise<IDBDatabase>}
 */
export function openDatabase(name, create) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => create(opening.result);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

/**
 * Wait until a transaction is on disk.
 * @param {IDBTransaction} transaction
 * @returns {Promise<void>}
 */
export function committed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}
