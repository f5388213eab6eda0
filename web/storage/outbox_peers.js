// The other windows of this browser in which the same user is signed in, for the outbox they share.

/** @import { OutboxPeers, PeerMessage } from '../sync/sockets/peers.js' */

/**
 * @param {string} user
 * @returns {OutboxPeers}
 */
export function outboxPeers(user) {
  const name = `livelist.outbox.${user}`;
  const channel = new BroadcastChannel(name);
  let isOpen = true;
  return {
    post: (message) => isOpen && channel.postMessage(message),
    listen: (listener) => {
      channel.onmessage = ({ data }) => listener(/** @type {PeerMessage} */ (data));
    },
    // Plain http has no locks: two windows may then send the same key, and it is made once.
    inTurn: async (work) => {
      if (navigator.locks) await navigator.locks.request(name, work);
      else await work();
    },
    close: () => {
      isOpen = false;
      channel.close();
    },
  };
}
