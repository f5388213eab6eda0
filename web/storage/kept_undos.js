// What can be undone after a reload and in other windows: the changes of a user with their keys, by
// which the server undoes them. Kept on this device until the user signs out.

/**
 * @typedef {object} KeptUndo
 * @property {string} id
 * @property {string} done the kind of change, or what was done in words (store/undo.js)
 * @property {string} about the title of what it was done to; empty for several
 * @property {number} at in milliseconds of the clock
 * @property {UndoStep[]} steps in the order in which they are undone
 * @property {boolean} [isOver] it was undone: no other window undoes it again
 * @typedef {{key: string, list: string}} UndoStep a mutation, and a list that it changed
 */

const MOST = 20;
// More than a window can undo: what one has undone, no other one undoes.
const MOST_OVER = 100;
// A change of more todos is undone in the activity of the list.
const MOST_STEPS = 100;
// The server undoes nothing older.
const OLDEST_MS = 7 * 24 * 60 * 60 * 1000;
// Its list says the rest.
const LONGEST_TITLE = 100;

export class KeptUndos {
  #place;
  /** @type {Storage | undefined} */
  #storage;

  /**
   * @param {string} [user]
   * @param {Storage} [storage] none: nothing is kept
   */
  constructor(user = '', storage = undefined) {
    this.#place = `livelist.undo.${user}`;
    this.#storage = storage;
  }

  /** Keep nothing any more. */
  forget() {
    this.#write([]);
    this.#storage = undefined;
  }

  /** @returns {KeptUndo[]} the newest last */
  #read() {
    try {
      const kept = JSON.parse(this.#storage?.getItem(this.#place) ?? '[]');
      const oldest = Date.now() - OLDEST_MS;
      return kept.filter((/** @type {KeptUndo} */ { at }) => at > oldest);
    } catch {
      return [];
    }
  }

  /** @param {KeptUndo[]} entries */
  #write(entries) {
    const over = entries.filter(({ isOver }) => isOver).slice(-MOST_OVER);
    const left = entries.filter(({ isOver }) => !isOver).slice(-MOST);
    try {
      if (entries.length === 0) this.#storage?.removeItem(this.#place);
      else this.#storage?.setItem(this.#place, JSON.stringify([...over, ...left]));
    } catch {
      // The device has no more space: the activity of the list undoes the change.
    }
  }

  /** @param {Omit<KeptUndo, 'at'>} entry it replaces an entry of the same id */
  add({ about, ...entry }) {
    if (!this.#storage || entry.steps.length > MOST_STEPS) return;
    const others = this.#read().filter(({ id }) => id !== entry.id);
    const added = { ...entry, about: about.slice(0, LONGEST_TITLE), at: Date.now() };
    this.#write([...others, added]);
  }

  /** Whether this window, or another, has undone the change. @param {string | undefined} id */
  isOver(id) {
    return this.#read().some((entry) => entry.id === id && entry.isOver);
  }

  /** Note that the change was undone. @param {string | undefined} id */
  end(id) {
    if (!id || !this.#storage) return;
    const others = this.#read().filter((entry) => entry.id !== id);
    // Also of a change that newer ones have displaced here.
    const mark = { id, done: '', about: '', at: Date.now(), steps: [], isOver: true };
    this.#write([...others, mark]);
  }

  /** Return the newest change that was not undone, and note that it is; null if there is none. */
  take() {
    const entry = this.#read().findLast(({ isOver }) => !isOver) ?? null;
    this.end(entry?.id);
    return entry;
  }

  /**
   * Take out refused changes: there is nothing to undo.
   * @param {Set<string>} keys
   */
  drop(keys) {
    const entries = this.#read();
    if (!entries.some(({ steps }) => steps.some(({ key }) => keys.has(key)))) return;
    const left = entries.map((entry) => ({
      ...entry,
      steps: entry.steps.filter(({ key }) => !keys.has(key)),
    }));
    this.#write(left.filter(({ isOver, steps }) => isOver || steps.length > 0));
  }

  /**
   * Replace the provisional id of a list by the real one.
   * @param {string} from
   * @param {string} to
   */
  rename(from, to) {
    const entries = this.#read();
    const steps = entries.flatMap((entry) => entry.steps).filter(({ list }) => list === from);
    if (steps.length === 0) return;
    for (const step of steps) step.list = to;
    this.#write(entries);
  }
}
