// When to try again, and what a close code asks of us. Pure.

export const FIRST_SECONDS = 0.5;
export const LONGEST_SECONDS = 30;
// A restarting node closes all its sockets at once: spread the return (protocol.md, "The socket").
export const RESTART_SPREAD_SECONDS = 10;

/**
 * Full jitter: anything from 0.5 s up to a ceiling that doubles with every failure. A fleet whose
 * server went away does not come back in step.
 * @param {number} failures how many attempts in a row failed before this one
 * @param {() => number} random in [0, 1)
 */
export function reconnectDelay(failures, random = Math.random) {
  const ceiling = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** Math.min(failures, 16));
  return FIRST_SECONDS + random() * (ceiling - FIRST_SECONDS);
}

/** @typedef {{action: 'reconnect' | 'spread' | 'ticket' | 'sign-in' | 'stop', words?: string}} CloseOrder */

/** @type {Record<number, CloseOrder>} */
const CLOSES = {
  1009: { action: 'stop', words: 'This page said more at once than the server takes. Reload it.' },
  1012: { action: 'spread' },
  4001: { action: 'ticket' },
  4002: { action: 'reconnect' },
  4003: { action: 'reconnect' },
  4005: { action: 'reconnect' },
  4400: { action: 'stop', words: 'The server did not understand this page. Reload it.' },
  4401: { action: 'sign-in', words: 'You have been signed out. Sign in again.' },
  4403: { action: 'sign-in', words: 'This session was ended. Sign in again.' },
  4409: { action: 'stop', words: 'This page is older than the server. Reload it.' },
  4429: {
    action: 'stop',
    words: 'Too many windows are open on this account. Close some, then reload.',
  },
};

/**
 * Returns what to do after a close. A code we do not know is a network that went away.
 * @param {number} code
 * @returns {CloseOrder}
 */
export function closeOrder(code) {
  return CLOSES[code] ?? { action: 'reconnect' };
}
