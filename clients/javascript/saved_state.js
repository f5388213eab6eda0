// The confirmed state as JSON, so that a program goes on where it stopped. Pure.

import { TodoMap } from '../../web/sync/todo_map.js';

/** @import { State } from '../../web/types/client.d.ts' */

/**
 * Return a copy of the state that JSON can hold.
 * @param {State} state
 * @returns {object}
 */
export const saveState = (state) => JSON.parse(JSON.stringify(state));

/**
 * Return the state that saveState() made a copy of.
 * @param {any} saved
 * @returns {State}
 */
export function restoreState(saved) {
  const contents = Object.entries(/** @type {State['contents']} */ (saved.contents))
    .map(([id, content]) => [id, { ...content, todos: TodoMap.of(Object.values(content.todos)) }]);
  return { ...saved, contents: Object.fromEntries(contents) };
}
