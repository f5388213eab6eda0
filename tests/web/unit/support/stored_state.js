// The storage of the state in memory, with the rules of StateStorage: what a page would find there
// after a reload.

import { accountOf, LIST_ROW, withList } from '../../../../web/storage/state_rows.js';

/**
 * @import { Changes } from '../../../../web/storage/state_storage.js'
 * @import { State } from '../../../../web/types/client.d.ts'
 */

export class StateInMemory {
  generation = 0;
  account = '';
  /** @type {Map<string, Map<number, string>>} rows by list and chunk */
  rows = new Map();
  /** @type {Changes[]} */
  writes = [];

  /** @param {Changes} changes */
  write(changes) {
    if (changes.generation !== null && changes.generation !== this.generation) {
      return Promise.resolve(null);
    }
    this.writes.push(changes);
    if (changes.generation === null) this.rows.clear();
    for (const list of changes.dropped) this.rows.delete(list);
    for (const { list, chunk, text } of changes.puts) {
      this.rows.set(list, (this.rows.get(list) ?? new Map()).set(chunk, text));
    }
    this.account = changes.account;
    this.generation += 1;
    return Promise.resolve(this.generation);
  }

  /** @returns {State} */
  restored() {
    let state = accountOf(this.account);
    for (const [list, rows] of this.rows) {
      const todos = [...rows].filter(([chunk]) => chunk !== LIST_ROW).map(([, text]) => text);
      state = withList(state, list, { text: rows.get(LIST_ROW) ?? '', todos });
    }
    return state;
  }
}
