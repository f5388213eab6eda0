// The comments and the files of a todo: items that are put and removed, and counted by the todo.

import { putContent, putTodo, without } from '../state.js';

/** @import { State, Thread, Threads } from '../../types/client.d.ts' */

/**
 * @param {State} state
 * @param {keyof Threads} kind
 * @param {string} listId
 * @param {string} todoId
 * @param {number | undefined} count how many the todo has, when the event says it
 * @param {(thread: Thread<any>) => Thread<any>} change
 * @returns {State}
 */
export function changeThread(state, kind, listId, todoId, count, change) {
  const content = state.contents[listId];
  if (!content) return state;
  let after = state;
  const counter = kind === 'comments' ? 'comment_count' : 'attachment_count';
  const todo = content.todos.get(todoId);
  if (todo && count !== undefined && todo[counter] !== count) {
    after = putTodo(after, listId, todoId, { ...todo, [counter]: count });
  }
  const thread = content[kind][todoId];
  if (!thread) return after;
  return putContent(after, listId, { [kind]: { ...content[kind], [todoId]: change(thread) } });
}

/**
 * @param {{id: string}} item
 * @returns {(thread: Thread<any>) => Thread<any>}
 */
export const put = (item) => (thread) => ({ ...thread, byId: { ...thread.byId, [item.id]: item } });

/**
 * @param {string} id
 * @returns {(thread: Thread<any>) => Thread<any>}
 */
export const remove = (id) => (thread) => ({
  ...thread,
  byId: without(thread.byId, id),
  gone: { ...thread.gone, [id]: true },
});

/**
 * Change each item of all threads.
 * @template {{id: string}} Item
 * @param {Record<string, Thread<Item>>} threads
 * @param {(item: Item) => Item} change
 * @returns {Record<string, Thread<Item>>}
 */
export const changeItems = (threads, change) =>
  Object.fromEntries(
    Object.entries(threads).map(([todoId, thread]) => {
      const items = Object.values(thread.byId).map((item) => [item.id, change(item)]);
      return [todoId, { ...thread, byId: Object.fromEntries(items) }];
    }),
  );
