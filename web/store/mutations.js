// Makes mutations: a change becomes pending, so that it shows at once, and goes to the outbox.
// Knows what can be undone.

import { newKey, retryKey } from '../sync/keys.js';
import { withRealIds } from '../sync/pending.js';
import { findTodo } from '../sync/state.js';
import { undoableIn } from './mutation_ids.js';
import { UndoStack } from './undo.js';

/**
 * @import { Mutation, MutationFields, MutationKind } from '../types/client.d.ts'
 * @import { Outbox } from '../sync/outbox.js'
 * @import { KeptUndos } from '../storage/kept_undos.js'
 * @import { Store } from './store.js'
 * @import { Sent } from './undo.js'
 */

export class Mutations {
  /** @type {Promise<void>[]} */
  #made = [];

  /** @param {{store: Store, outbox: Outbox, undos?: KeptUndos}} ports */
  constructor({ store, outbox, undos }) {
    this.store = store;
    this.outbox = outbox;
    this.undos = new UndoStack(undos);
  }

  get state() {
    return this.store.shown;
  }

  /**
   * Settled once the end of the window cannot lose the changes that were made just now, in the same
   * turn of the event loop. Until then, what was typed for them stays a draft.
   */
  get kept() {
    return Promise.all(this.#made);
  }

  /** @param {string} todoId */
  find(todoId) {
    return findTodo(this.state, this.store.realId(todoId));
  }

  /**
   * What a verb or an undo remembers may name a provisional id that has become a real one since.
   * @template {MutationKind} Kind
   * @param {Kind} kind
   * @param {MutationFields[Kind]} fields
   * @param {string} [key]
   * @returns {Sent}
   */
  send(kind, fields, key = newKey()) {
    const values = { key, kind, at: new Date().toISOString(), ...fields };
    // The compiler does not relate a generic kind to its fields; the parameters do.
    const made = /** @type {Mutation} */ (/** @type {unknown} */ (values));
    const mutation = withRealIds(made, this.store.aliases);
    const lists = undoableIn(mutation, this.state);
    this.store.addPending(mutation);
    const kept = this.outbox.add(mutation);
    this.#made.push(kept);
    if (this.#made.length === 1) {
      queueMicrotask(() => {
        this.#made = [];
      });
    }
    return { key, lists, kept };
  }

  /**
   * Send refused mutations again, as new attempts, unless another window has done it.
   * @param {Mutation[]} dropped oldest first
   */
  retry(dropped) {
    const { done, waiting } = this.outbox;
    const made = done.union(new Set(waiting.map(({ key }) => key)));
    for (const { key, kind, positions: _positions, ...fields } of dropped) {
      const next = retryKey(key);
      const newest = this.#nameAttempt(key, next);
      if ('todo_ids' in fields && fields.changes.deleted !== false) {
        // Perhaps they were refused because another member has deleted one of them.
        fields.todo_ids = fields.todo_ids.filter((id) => this.find(id));
      }
      const sent = made.has(next) ? null : this.send(kind, fields, next);
      this.undos.takeBack(key, newest, sent?.kept);
    }
  }

  /**
   * What undoes a change names the newest attempt, which the server takes, also after several.
   * Return its key.
   * @param {string} key
   * @param {string} next
   */
  #nameAttempt(key, next) {
    const { aliases } = this.store;
    // A message about an earlier attempt may be the one that is answered last.
    const newest = this.store.realId(next);
    for (const [earlier, named] of aliases) if (named === key) aliases.set(earlier, newest);
    aliases.set(key, newest);
    return newest;
  }

  /**
   * Undo what a mutation changed and took away, as the activity of the list does. The server finds
   * the change by its key, which is known before the answer.
   * @param {Pick<MutationFields['change.undo'], 'list_id' | 'todo_id'>} place where it is now
   * @param {string} undoes
   * @param {Omit<MutationFields['change.undo'], 'list_id' | 'todo_id' | 'undoes'>} shown what shows
   *   at once
   */
  undoChange(place, undoes, shown) {
    this.send('change.undo', { ...place, undoes, ...shown });
  }

  /**
   * Undo the newest change of this window that can be undone, else that of an earlier visit or of
   * another window. Return it, or null. Of the latter nothing shows before the server has answered.
   * @returns {{done: string, about: string, steps?: unknown} | null}
   */
  undo() {
    while (this.undos.newest) {
      const entry = this.undos.undo();
      if (entry) return entry;
    }
    const entry = this.undos.kept.take();
    for (const { key, list } of entry?.steps ?? []) this.undoChange({ list_id: list }, key, {});
    return entry;
  }

  /** Return what undoes the change that was just made, also after later ones. */
  undoer() {
    const entry = this.undos.newest;
    return () => entry && this.undos.undo(entry);
  }

  /**
   * Run `work`; what it does is undone together.
   * @param {string} done what was done, in the reader's language
   * @param {() => void} work
   */
  asOne(done, work) {
    this.undos.group(done, work);
  }
}
