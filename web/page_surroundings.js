// The network and the window of a page, as sync/live_sync.js wants to know them.

/** @import { Surroundings } from './sync/sockets/surroundings.js' */

/** @type {Surroundings} */
export const PAGE = {
  isOnline: () => navigator.onLine,
  watch(onReturn, onChange) {
    const returned = () => {
      if (document.visibilityState === 'visible') onReturn();
      onChange();
    };
    addEventListener('online', returned);
    addEventListener('offline', onChange);
    document.addEventListener('visibilitychange', returned);
    return () => {
      removeEventListener('online', returned);
      removeEventListener('offline', onChange);
      document.removeEventListener('visibilitychange', returned);
    };
  },
};

/**
 * Do something when the browser has nothing else to do.
 * @param {() => void} work
 */
// Safari has no requestIdleCallback.
export const whenIdle = (work) => void (globalThis.requestIdleCallback ?? setTimeout)(work);

/** Return the address of the socket of the server that the page is from. */
export const socketUrl = () =>
  `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;
