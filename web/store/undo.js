// The changes that can be undone, the newest last.

/**
 * @typedef {object} UndoEntry
 * @property {string} done the kind of change; for several, what was done, in the reader's language
 * @property {string} about the title of what it was done to; empty for several
 * @property {() => void} undo
 * @property {string} [key] of the mutation, if its answer is waited for
 * @property {UndoEntry[]} [parts] the changes that are undone together
 */

const DEPTH = 50;

export class UndoStack {
  /** @type {UndoEntry[]} */
  #entries = [];
  /** @type {UndoEntry[]} those of refused changes */
  #dropped = [];

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
    this.#add({ done, about, undo, key });
  }

  /** @param {UndoEntry} entry */
  #add(entry) {
    this.#entries.push(entry);
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
   * Take out the entries of refused changes: there is nothing to undo.
   * @param {Set<string>} keys
   */
  drop(keys) {
    const isRefused = (/** @type {UndoEntry} */ { key }) => key !== undefined && keys.has(key);
    const all = this.#entries.flatMap((entry) => [entry, ...entry.parts ?? []]);
    this.#dropped.push(...all.filter(isRefused));
    for (const entry of this.#entries) {
      entry.parts = entry.parts?.filter((part) => !isRefused(part));
    }
    this.#entries = this.#entries.filter((entry) => !isRefused(entry) && entry.parts?.length !== 0);
  }

  /**
   * Take back the entry of a refused change that is sent again, as the newest.
   * @param {string} key
   * @param {string} next that of the new attempt
   */
  takeBack(key, next) {
    const entry = this.#dropped.find((dropped) => dropped.key === key);
    if (!entry) return;
    this.#dropped = this.#dropped.filter((dropped) => dropped !== entry);
    this.#add(Object.assign(entry, { key: next }));
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
      const parts = this.#entries.reverse();
      this.#entries = before;
      /** @type {UndoEntry} */
      const entry = {
        done,
        about: '',
        parts,
        undo: () => entry.parts?.forEach(({ undo }) => undo()),
      };
      if (parts.length > 0) this.#add(entry);
    }
  }
}
