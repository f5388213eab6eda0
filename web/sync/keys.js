// Random names: the key of a mutation, and the id of what it creates until the server has answered.

/** Return 128 random bits. crypto.randomUUID is missing on plain http, which home servers use. */
export function newKey() {
  return Array.from(
    crypto.getRandomValues(new Uint8Array(16)),
    (byte) => byte.toString(16).padStart(2, '0'),
  ).join('');
}

/**
 * Return the key of the next attempt of a refused mutation. It follows from the key: all windows
 * offer the attempt, and it is made once.
 * @param {string} key
 */
export function retryKey(key) {
  const [first, attempt = '1'] = key.split('.');
  return `${first}.${Number(attempt) + 1}`;
}

export const newTempId = () => `new:${newKey()}`;

/** @param {string} id */
export const isTempId = (id) => id.startsWith('new:');
