// What an edit replaced unseen, and to whom that is news: to whoever wrote over it, and to whoever
// had written it. Remembers who wrote which field last. No DOM.

// More fields than change hands in a session; the oldest are forgotten.
const REMEMBERED = 1_000;

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export class OverwriteDetector {
  /** @type {Map<string, {id: string | null, name: string | null, value: any}>} */
  #writers = new Map();

  /**
   * Takes an event in; answers what the person should be told.
   * @param {any} frame
   * @param {{me: string | null, own: any}} reader `own` is the pending mutation that caused it, if ours
   * @returns {{author: 'other' | 'me', todoId: string, field: string, value: any, name: string | null}[]}
   */
  handleEvent({ event, data, actor }, { me, own }) {
    if (event !== 'todo.edited') return [];
    const todoId = data.todo.id;
    const news = Object.entries(data.overwrote ?? {})
      .map(([field, value]) => this.#news(todoId, field, value, { actor, me, own })).filter(
        Boolean,
      );
    for (const field of data.changed) {
      const key = `${todoId} ${field}`;
      this.#writers.delete(key);
      this.#writers.set(key, {
        id: actor?.id ?? null,
        name: actor?.name ?? null,
        value: data.todo[field],
      });
    }
    while (this.#writers.size > REMEMBERED) this.#writers.delete(this.#writers.keys().next().value);
    return news;
  }

  #news(todoId, field, value, { actor, me, own }) {
    const writer = this.#writers.get(`${todoId} ${field}`);
    const isMine = writer?.id === me && same(writer.value, value);
    if (own) {
      if (isMine || !(field in own.changes) || same(value, own.saw)) return null;
      return { author: 'other', todoId, field, value, name: writer?.name ?? null };
    }
    // Written on another device of ours: whoever sits there is told.
    if (!isMine || actor?.id === me) return null;
    return { author: 'me', todoId, field, value, name: actor?.name ?? null };
  }
}
