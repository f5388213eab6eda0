// Look-ups by a text from outside: an address, a comment, a frame, a stored row. Pure.

/**
 * Return the value that a record itself has under `key`. `record['constructor']` would find what
 * every object inherits.
 * @template T
 * @param {Record<string, T>} record
 * @param {string} key
 * @returns {T | undefined}
 */
export const own = (record, key) => Object.hasOwn(record, key) ? record[key] : undefined;
