// The changes that can be undone, the newest last.

const DEPTH = 50;

export class UndoStack {
  /** @type {{done: string, undo: () => void}[]} */
  #entries = [];

  /**
   * @param {string} done what was done, as `undo()` returns it
   * @param {() => void} undo
   */
  push(done, undo) {
    this.#entries.push({ done, undo });
    if (this.#entries.length > DEPTH) this.#entries.shift();
  }

  /** Undo the newest change. Return what it was, or null when there is none. */
  undo() {
    const last = this.#entries.pop();
    if (!last) return null;
    const depth = this.#entries.length;
    last.undo();
    // Undoing is not itself undone: twice goes two steps back.
    this.#entries.length = Math.min(this.#entries.length, depth);
    return last.done;
  }
}
