// Detects edits that replaced a value their author had not seen. The user is told who wrote over
// another's value, and who lost one. Remembers who wrote which field last. No DOM.

/**
 * @import { EventFrame, EventFrameOf } from '../types/contract.d.ts'
 * @import { MutationOf } from '../types/client.d.ts'
 */

/**
 * A value that was replaced. `author` is who had written it: the user, or another whose `name` is
 * given. When the user had written it, `name` is who replaced it.
 * @typedef {{author: 'other' | 'me', todoId: string, field: string, value: unknown,
 *   name: string | null}} Overwrite
 * @typedef {{id: string | null, name: string | null, value: unknown}} Writer
 * @typedef {{me: string | null, own: MutationOf<'todo.edit'> | undefined}} Reader
 *   `own` is the pending mutation that caused the event, if it is the user's
 */

// More fields than change in one session; the oldest are forgotten.
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
   * Record an event. Return the overwrites that the user should know of.
   * @param {EventFrame} frame
   * @param {Reader} reader
   * @returns {Overwrite[]}
   */
  handleEvent(frame, reader) {
    if (frame.event !== 'todo.edited') return [];
    const { todo, changed, overwrote } = frame.data;
    const overwrites = Object.entries(overwrote ?? {})
      .map(([field, value]) => this.#overwriteOf(frame, field, value, reader))
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
   * @param {Reader} reader
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
    // Replaced on another device of the same user: that device tells.
    if (!isMine || actor?.id === me) return null;
    return { author: 'me', todoId, field, value, name: actor?.name ?? null };
  }
}
