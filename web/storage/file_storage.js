// The database of files that wait to be sent, and how many of each user wait. What reads and sends
// them is loaded later (views/attachments/).

import { own } from '../own.js';
import { committed, openDatabase } from './indexed_db.js';

export const FILES = 'files';
// The next visit loads what sends files only if there are some.
const COUNTS = 'files-waiting';

export const openFiles = () =>
  openDatabase('livelist-files', (database) => {
    database.createObjectStore(FILES, { keyPath: 'key' });
  });

/** @returns {Record<string, number>} by user */
const counts = () => Object(JSON.parse(localStorage.getItem(COUNTS) ?? '{}'));

export const hasWaitingFiles = () => COUNTS in localStorage;

/** @param {string} user */
export const waitingFiles = (user) => own(counts(), user) ?? 0;

/**
 * @param {string} user
 * @param {number} count
 */
export function setWaitingFiles(user, count) {
  // JSON leaves out what is undefined.
  const all = JSON.stringify({ ...counts(), [user]: count || undefined });
  if (all === '{}') localStorage.removeItem(COUNTS);
  else localStorage.setItem(COUNTS, all);
}

/**
 * Delete the files of a user. Those of other users of this browser stay.
 * @param {string} user
 */
export async function deleteWaitingFiles(user) {
  setWaitingFiles(user, 0);
  const database = await openFiles();
  const transaction = database.transaction(FILES, 'readwrite');
  const reading = transaction.objectStore(FILES).openCursor();
  reading.onsuccess = () => {
    const row = reading.result;
    if (row?.value.userId === user) row.delete();
    row?.continue();
  };
  await committed(transaction);
  database.close();
}
