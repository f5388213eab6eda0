// The network and the window of whoever runs the live sync: a page or a program.

/**
 * The network and the window in which this runs.
 * @typedef {object} Surroundings
 * @property {() => boolean} isOnline
 * @property {(onReturn: () => void, onChange: () => void) => () => void} watch
 *   calls `onReturn` when connecting is worth a try, `onChange` when `isOnline` differs; returns
 *   what ends that
 */

/** @type {Surroundings} of a program */
export const ALWAYS_ONLINE = { isOnline: () => true, watch: () => () => {} };
