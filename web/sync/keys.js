// Random names: the key of a mutation, and the id of what it creates until the server has answered.

/** Return 128 random bits. crypto.randomUUID is missing on plain http, which home servers use. */
export function newKey() {
  return Array.from(
    crypto.getRandomValues(new Uint8Array(16)),
    (byte) => byte.toString(16).padStart(2, '0'),
  ).join('');
}

export const newTempId = () => `new:${newKey()}`;
