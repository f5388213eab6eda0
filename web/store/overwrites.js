// Detects edits that replaced a value their author had not seen, so that the author of the edit and
// the author of the replaced value both learn of it. Remembers who wrote each field last. No DOM.

/**
 * @import { EventFrame, EventFrameOf } from '../types/contract.d.ts'
 * @import { MutationOf } from '../types/client.d.ts'
 */

/**
 * A value that was replaced. `author` 'other': `name` wrote the value, and the user replaced it.
 * `author` 'me': the user wrote the value, and `name` replaced it.
 * @typedef {{author: 'other' | 'me', todoId: string, field: string, value: unknown,
 *   name: string | null}} Overwrite
 * @typedef {{id: string | null, name: string | null, value: unknown}} Writer
 * @typedef {{me: string | null, own: MutationOf<'todo.edit'> | undefined}} EventContext
 *   `me`: the user's id; `own`: the pending mutation of this window that caused the event, if any
 */

// More fields than change in one session; beyond it the oldest are forgotten.
const REMEMBERED = 1_000;

/**
 * @param {unknown} a
 * @param {unknown} b
 */
const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export class OverwriteDetector {
  /** @type {Map<string, Writer>} by todo and field, the latest last */
  #writers = new Map();

  /**
   * Record the writers of an event. Return the overwrites to show to the user.
   * @param {EventFrame} frame
   * @param {EventContext} context
   * @returns {Overwrite[]}
   */
  handleEvent(frame, context) {
    if (frame.event !== 'todo.edited') return [];
    const { todo, changed, overwrote } = frame.data;
    const overwrites = Object.entries(overwrote ?? {})
      .map(([field, value]) => this.#overwriteOf(frame, field, value, context))
      .filter((overwrite) => overwrite !== null);
    /** @type {Record<string, unknown>} */
    const values = { ...todo };
    for (const field of changed) {
      this.#remember(`${todo.id} ${field}`, {
        id: frame.actor?.id ?? null,
        name: frame.actor?.name ?? null,
        value: values[field],
      });
    }
    return overwrites;
  }

  /**
   * @param {string} key
   * @param {Writer} writer
   */
  #remember(key, writer) {
    this.#writers.delete(key);
    this.#writers.set(key, writer);
    for (const oldest of this.#writers.keys()) {
      if (this.#writers.size <= REMEMBERED) break;
      this.#writers.delete(oldest);
    }
  }

  /**
   * @param {EventFrameOf<'todo.edited'>} frame
   * @param {string} field
   * @param {unknown} value
   * @param {EventContext} context
   * @returns {Overwrite | null}
   */
  #overwriteOf({ actor, data }, field, value, { me, own }) {
    const todoId = data.todo.id;
    const writer = this.#writers.get(`${todoId} ${field}`);
    const isMine = writer?.id === me && isSame(writer.value, value);
    if (own) {
      if (isMine || !(field in own.changes) || isSame(value, own.saw)) return null;
      return { author: 'other', todoId, field, value, name: writer?.name ?? null };
    }
    // Replaced on another device of the same user: that device shows the toast.
    if (!isMine || actor?.id === me) return null;
    return { author: 'me', todoId, field, value, name: actor?.name ?? null };
  }
}
