// When to reconnect, and what each close code asks the client to do. Pure.

import { message } from '../languages/translate.js';

export const FIRST_SECONDS = 0.5;
export const LONGEST_SECONDS = 30;
// A restarting node closes all its sockets at once: spread the return (protocol.md, "The socket").
export const RESTART_SPREAD_SECONDS = 10;

/**
 * Return a delay with full jitter: between 0.5 s and a ceiling that doubles with every failure.
 * Without the jitter all clients of a server that restarted would come back in step.
 * @param {number} failures how many attempts in a row failed before this one
 * @param {() => number} random in [0, 1)
 */
export function reconnectDelay(failures, random = Math.random) {
  const ceiling = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** Math.min(failures, 16));
  return FIRST_SECONDS + random() * (ceiling - FIRST_SECONDS);
}

/**
 * What to do after a close. `text` tells the user why the page stops.
 * @typedef {{action: 'reconnect' | 'spread' | 'ticket'}
 *   | {action: 'sign-in' | 'stop', text: string}} CloseOrder
 */

/** @type {Record<number, CloseOrder>} */
const CLOSES = {
  1009: {
    action: 'stop',
    text: message('This page said more at once than the server takes. Reload it.'),
  },
  1012: { action: 'spread' },
  4001: { action: 'ticket' },
  4002: { action: 'reconnect' },
  4003: { action: 'reconnect' },
  4005: { action: 'reconnect' },
  4400: { action: 'stop', text: message('The server did not understand this page. Reload it.') },
  4401: { action: 'sign-in', text: message('You have been signed out. Sign in again.') },
  4403: {
    action: 'sign-in',
    text: message('You were signed out on this device from elsewhere. Sign in again.'),
  },
  4409: { action: 'stop', text: message('This page is older than the server. Reload it.') },
  4429: {
    action: 'stop',
    text: message('Too many windows are open on this account. Close some, then reload.'),
  },
};

/**
 * Return what to do after a close. An unknown code means that the network went away.
 * @param {number} code
 * @returns {CloseOrder}
 */
export function closeOrder(code) {
  return CLOSES[code] ?? { action: 'reconnect' };
}
