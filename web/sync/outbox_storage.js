// Where the outbox survives a reload: IndexedDB, one row a mutation, in the order they were made.

const DATABASE = 'livelist';
const STORE = 'outbox';

function open() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => {
      const store = opening.result.createObjectStore(STORE, { keyPath: 'n', autoIncrement: true });
      store.createIndex('key', 'key', { unique: true });
      store.createIndex('user', 'user');
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

function done(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Writes `mutation` under its key, keeping its place in the order. */
function write(store, user, mutation) {
  const finding = store.index('key').getKey(mutation.key);
  finding.onsuccess = () => {
    const row = { user, key: mutation.key, mutation };
    store.put(finding.result === undefined ? row : { ...row, n: finding.result });
  };
}

/**
 * One person's outbox. Two people who share a browser never send each other's writes.
 * @param {string} user
 * @returns {import('./outbox.js').Storage}
 */
export function outboxStorage(user) {
  const opened = open();
  return {
    async all() {
      const store = (await opened).transaction(STORE).objectStore(STORE);
      const rows = await new Promise((resolve, reject) => {
        const reading = store.index('user').getAll(user);
        reading.onsuccess = () => resolve(reading.result);
        reading.onerror = () => reject(reading.error);
      });
      return rows.sort((a, b) => a.n - b.n).map(({ mutation }) => mutation);
    },
    async put(mutation) {
      const transaction = (await opened).transaction(STORE, 'readwrite');
      write(transaction.objectStore(STORE), user, mutation);
      await done(transaction);
    },
    async settle(key, changed) {
      const transaction = (await opened).transaction(STORE, 'readwrite');
      const store = transaction.objectStore(STORE);
      const finding = store.index('key').getKey(key);
      finding.onsuccess = () => {
        if (finding.result !== undefined) store.delete(finding.result);
      };
      for (const mutation of changed) write(store, user, mutation);
      await done(transaction);
    },
  };
}
