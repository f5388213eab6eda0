// What an outbox needs: a storage, a server, and the other windows of the browser with the same
// outbox, with what they tell each other.

/**
 * @import { AnsweredPosition, Answer, Mutation } from '../../types/client.d.ts'
 * @import { Refused } from '../api.js'
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

/**
 * Where unsent mutations survive a reload.
 * @typedef {object} OutboxStorage
 * @property {() => Promise<Mutation[]>} all oldest first
 * @property {(mutation: Mutation) => Promise<void>} put adds it, or replaces that of the same key
 * @property {(key: string, changed: Mutation[]) => Promise<void>} settle
 *   removes the mutation of that key, which is done or refused, and rewrites `changed`, all or none
 */

/**
 * @typedef {object} OutboxPorts
 * @property {OutboxStorage} storage
 * @property {(mutation: Mutation) => Promise<Answer<{id?: string} | null>>} send
 * @property {OnAnswered} onAnswered
 * @property {(mutation: Mutation, error: Refused, dropped: Mutation[]) => unknown} onRefused
 *   `dropped`: the refused mutation, and all that name what it would have created. They are stored
 *   until what it returns is settled
 * @property {(from: string, to: string) => void} onRenamed
 * @property {() => void} onChange
 * @property {(mutation: Mutation) => void} [onAdded] another window has made it
 * @property {OutboxPeers} [peers]
 * @property {() => number} [random]
 * @property {(work: () => void, ms: number) => ReturnType<typeof setTimeout>} [later]
 */

/** @type {OutboxPeers} of a program, and of a page that is alone */
export const NO_PEERS = {
  post: () => {},
  listen: () => {},
  inTurn: (work) => work(),
  close: () => {},
};
