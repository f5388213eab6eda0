// What the windows of a browser with the same outbox tell each other.

/**
 * @import { AnsweredPosition, Answer, Mutation } from '../../types/client.d.ts'
 */

/**
 * @callback OnAnswered
 * @param {string} key
 * @param {AnsweredPosition[]} positions
 * @param {Answer<unknown>} [answer] missing where another window got it
 * @returns {void}
 */

/**
 * @typedef {{type: 'added', mutation: Mutation}
 *   | {type: 'answered', key: string, positions: AnsweredPosition[],
 *     renamed: {from: string, to: string} | null}
 *   | {type: 'refused', key: string, dropped: string[], status: number, detail: string,
 *     code: string}} PeerMessage
 */

/**
 * The other windows of the browser with the same outbox.
 * @typedef {object} OutboxPeers
 * @property {(message: PeerMessage) => void} post
 * @property {(listener: (message: PeerMessage) => void) => void} listen
 * @property {(work: () => Promise<void>) => Promise<void>} inTurn
 *   runs `work` while no other window sends
 * @property {() => void} close
 */

/** @type {OutboxPeers} of a program, and of a page that is alone */
export const NO_PEERS = {
  post: () => {},
  listen: () => {},
  inTurn: (work) => work(),
  close: () => {},
};
