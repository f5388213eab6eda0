// The changes that can be undone, the newest last.

/**
 * @typedef {object} UndoEntry
 * @property {string} done the kind of change; for several, what was done, in the reader's language
 * @property {string} about the title of what it was done to; empty for several
 * @property {() => void} undo
 * @property {string} [key] of the mutation, if its answer is waited for
 */

const DEPTH = 50;

export class UndoStack {
  /** @type {UndoEntry[]} */
  #entries = [];

  /** @returns {UndoEntry | null} */
  get newest() {
    return this.#entries.at(-1) ?? null;
  }

  /**
   * @param {string} done
   * @param {string} about empty for several
   * @param {() => void} undo
   * @param {string} [key] see `find`
   */
  push(done, about, undo, key) {
    this.#entries.push({ done, about, undo, key });
    if (this.#entries.length > DEPTH) this.#entries.shift();
  }

  /**
   * Return the entry of one mutation alone; undefined if it was undone, or is undone with others.
   * @param {string} key
   */
  find(key) {
    return this.#entries.find((entry) => entry.key === key);
  }

  /**
   * Undo a change, the newest by default. Return it, or null if it cannot be undone (any more).
   */
  undo(entry = this.newest) {
    const at = entry ? this.#entries.indexOf(entry) : -1;
    if (!entry || at < 0) return null;
    this.#entries.splice(at, 1);
    const kept = [...this.#entries];
    entry.undo();
    // Undoing is not itself undone: twice goes two steps back.
    this.#entries = kept;
    return entry;
  }

  /**
   * Run `work`. What it does is undone together, the last first.
   * @param {string} done
   * @param {() => void} work
   */
  group(done, work) {
    const before = this.#entries;
    this.#entries = [];
    try {
      work();
    } finally {
      const undos = this.#entries.map(({ undo }) => undo).reverse();
      this.#entries = before;
      if (undos.length > 0) this.push(done, '', () => undos.forEach((undo) => undo()));
    }
  }
}
