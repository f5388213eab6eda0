// The files that wait to be sent, in a database of this browser, so that they outlast the page.

import { FILES, openFiles, setWaitingFiles } from '../../storage/file_storage.js';
import { committed } from '../../storage/indexed_db.js';

/**
 * @typedef {{key: string, userId: string, todoId: string, listId: string, name: string,
 *   file: Blob}} WaitingFile
 */

// What may wait without a connection. A browser that is short of space deletes all that a page
// stores, so this must stay small beside the lists.
export const MAX_WAITING_BYTES = 50 * 1024 * 1024;

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => T} work
 * @returns {Promise<T>}
 */
async function withStore(mode, work) {
  const database = await openFiles();
  try {
    const transaction = database.transaction(FILES, mode);
    const result = work(transaction.objectStore(FILES));
    await committed(transaction);
    return result;
  } finally {
    database.close();
  }
}

/** @returns {Promise<WaitingFile[]>} */
async function readAll() {
  const request = await withStore('readonly', (store) => store.getAll());
  return request.result;
}

/**
 * Return the files of a user that an earlier page left.
 * @param {string} userId
 */
export async function readWaiting(userId) {
  return (await readAll()).filter((file) => file.userId === userId);
}

/**
 * Keep a file. Return false if there is no room.
 * @param {WaitingFile} waiting
 */
export async function keepWaiting(waiting) {
  const others = (await readAll()).filter(({ key }) => key !== waiting.key);
  const used = others.reduce((sum, { file }) => sum + file.size, 0);
  if (used + waiting.file.size > MAX_WAITING_BYTES) return false;
  await withStore('readwrite', (store) => store.put(waiting));
  const { userId } = waiting;
  setWaitingFiles(userId, others.filter((other) => other.userId === userId).length + 1);
  return true;
}

/** @param {Pick<WaitingFile, 'key' | 'userId'>} waiting */
export async function dropWaiting({ key, userId }) {
  await withStore('readwrite', (store) => store.delete(key));
  setWaitingFiles(userId, (await readWaiting(userId)).length);
}
