// Which streams are current, and which make no progress, as pings with the server's heads show.
// Pure.

/**
 * @import { State } from '../../types/client.d.ts'
 */

export class LaggingStreams {
  /** @type {Map<string, number>} where lagging streams were at the last ping */
  #laggingAt = new Map();

  clear() {
    this.#laggingAt.clear();
  }

  /**
   * Compare the positions with the heads of a ping. `stuck` streams have made no progress since the
   * last one: an event is missing.
   * @param {Record<string, number>} heads
   * @param {State['streams']} streams
   */
  compare(heads, streams) {
    /** @type {Record<string, number>} */
    const seqs = {};
    /** @type {string[]} */
    const current = [];
    /** @type {string[]} */
    const stuck = [];
    for (const [name, head] of Object.entries(heads)) {
      const seq = streams[name]?.seq;
      if (seq === undefined) continue;
      seqs[name] = seq;
      if (seq >= head) {
        current.push(name);
        this.#laggingAt.delete(name);
      } else if (this.#laggingAt.get(name) === seq) stuck.push(name);
      else this.#laggingAt.set(name, seq);
    }
    return { seqs, current, stuck };
  }
}
