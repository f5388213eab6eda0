// Thumbnails as data addresses: a picture of the page cannot send the credential that the server
// asks for, and the page's policy shows no blobs.

/** @import { Session } from '../../sync/session.js' */

// Of the todos that were opened last, with 10 kB each.
const MAX_KEPT = 200;

/** @type {Map<string, string>} an empty text while it is being loaded, or if that failed */
const kept = new Map();

/**
 * Return the thumbnail, or nothing while it is not there; then `loaded` is called.
 * @param {Session} session
 * @param {string} id
 * @param {() => void} loaded
 */
export function thumbnailOf(session, id, loaded) {
  const known = kept.get(id);
  if (known !== undefined) return known;
  kept.set(id, '');
  const [oldest] = kept.keys();
  if (kept.size > MAX_KEPT) kept.delete(oldest);
  load(session, id).then((address) => {
    kept.set(id, address);
    loaded();
  }).catch(() => {
    // With the next drawing of the todo.
    kept.delete(id);
  });
  return '';
}

/**
 * @param {Session} session
 * @param {string} id
 * @returns {Promise<string>}
 */
async function load(session, id) {
  return await dataAddress(await session.download(`/attachments/${id}/thumbnail`));
}

/**
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
export function dataAddress(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
