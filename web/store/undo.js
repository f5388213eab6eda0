// The changes that can be undone, the newest last.

import { KeptUndos } from '../storage/kept_undos.js';

/**
 * @typedef {object} Sent a mutation that was sent for a change
 * @property {string} key
 * @property {string[]} lists those in which the server can undo it by its key
 * @property {Promise<unknown>} [kept] settled once the end of the window cannot lose it
 *
 * @typedef {object} UndoEntry
 * @property {string} done the kind of change; for several, what was done, in the reader's language
 * @property {string} about the title of what it was done to; empty for several
 * @property {() => void} undo
 * @property {Sent[]} sent
 * @property {string} [id] under which the device keeps it
 * @property {UndoEntry[]} [parts] the changes that are undone together
 */

const DEPTH = 50;

/**
 * Return what was sent for a change, the last first.
 * @param {UndoEntry} entry
 * @returns {Sent[]}
 */
const lastFirst = ({ sent, parts }) => parts?.flatMap(lastFirst) ?? sent.toReversed();

export class UndoStack {
  /** @type {UndoEntry[]} */
  #entries = [];
  /** @type {{entry: UndoEntry, sent: Sent}[]} those of refused changes */
  #dropped = [];
  /** @type {Set<string>} keys of refused mutations */
  refused = new Set();

  constructor(kept = new KeptUndos()) {
    this.kept = kept;
  }

  /** @returns {UndoEntry | null} */
  get newest() {
    return this.#entries.at(-1) ?? null;
  }

  /**
   * @param {string} done
   * @param {string} about empty for several
   * @param {() => void} undo
   * @param {...Sent} sent
   */
  push(done, about, undo, ...sent) {
    this.#add({ done, about, undo, sent });
  }

  /** @param {UndoEntry} entry */
  async #add(entry) {
    this.#entries.push(entry);
    if (this.#entries.length > DEPTH) this.#entries.shift();
    const sent = lastFirst(entry);
    // Another than that of a part, which may become a change of its own.
    if (sent.length > 0) entry.id ??= (entry.parts ? '+' : '') + sent.at(-1)?.key;
    await Promise.all(sent.map(({ kept }) => kept));
    const { id, done, about } = entry;
    // Meanwhile it may be undone, refused, or a part of another.
    if (!id || !this.#entries.includes(entry)) return;
    const steps = lastFirst(entry)
      .flatMap(({ key, lists }) => lists.map((list) => ({ key, list })));
    const isUndoable = sent.every(({ lists }) => lists.length > 0);
    if (isUndoable) this.kept.add({ id, done, about, steps });
  }

  /**
   * Return the entry of one mutation alone; undefined if it was undone, or is undone with others.
   * @param {string} key
   */
  find(key) {
    return this.#entries.find(({ sent }) => sent.length === 1 && sent[0].key === key);
  }

  /**
   * Take out the entries of refused changes: there is nothing to undo.
   * @param {Set<string>} keys
   */
  drop(keys) {
    this.refused = this.refused.union(keys);
    this.kept.drop(keys);
    /**
     * Return true if nothing of the change is left.
     * @param {UndoEntry} entry
     * @returns {boolean}
     */
    const isRefused = (entry) => {
      const { sent, parts } = entry;
      const refused = sent.filter(({ key }) => keys.has(key));
      this.#dropped.push(...refused.map((each) => ({ entry, sent: each })));
      entry.sent = sent.filter((each) => !refused.includes(each));
      entry.parts = parts?.filter((part) => !isRefused(part));
      return entry.parts ? entry.parts.length === 0 : refused.length > 0 && !entry.sent.length;
    };
    this.#entries = this.#entries.filter((entry) => !isRefused(entry));
  }

  /**
   * Take back the entry of a refused change that is sent again, as the newest.
   * @param {string} key
   * @param {string} next that of the new attempt
   * @param {Promise<unknown>} [kept] see `Sent`
   */
  takeBack(key, next, kept) {
    const dropped = this.#dropped.find(({ sent }) => sent.key === key);
    if (!dropped) return;
    this.#dropped = this.#dropped.filter((each) => each !== dropped);
    const { entry, sent: { lists } } = dropped;
    entry.sent = [...entry.sent, { key: next, lists, kept }];
    this.#entries = this.#entries.filter((each) => each !== entry);
    this.#add(entry);
  }

  /**
   * Undo a change, the newest by default. Return it, or null if it cannot be undone (any more).
   */
  undo(entry = this.newest) {
    const at = entry ? this.#entries.indexOf(entry) : -1;
    if (!entry || at < 0) return null;
    this.#entries.splice(at, 1);
    // In another window.
    if (this.kept.isOver(entry.id)) return null;
    this.kept.end(entry.id);
    const left = [...this.#entries];
    entry.undo();
    // Undoing is not itself undone: twice goes two steps back.
    this.#entries = left;
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
        sent: [],
        parts,
        undo: () => entry.parts?.forEach(({ undo }) => undo()),
      };
      if (parts.length > 0) this.#add(entry);
    }
  }
}
