// The confirmed state as rows of the browser's storage, and back. Pure.
//
// One row holds the account with the streams' positions. A list has a row, and its todos are in
// rows of their own, CHUNKS at most: an event rewrites a sixteenth of a large list, not all of it.

import { emptyState } from '../sync/state.js';
import { TodoMap } from '../sync/todo_map.js';

/**
 * @import { Comment, ListContent, State, StreamPosition, Thread, Todo } from '../types/client.d.ts'
 * @import { MyListShape } from '../types/contract.d.ts'
 *
 * @typedef {{list: MyListShape, position: StreamPosition, content: Partial<ListContent>}} ListPart
 * @typedef {{list: string, chunk: number, text: string}} Put of todos, or of a list as LIST_ROW
 */

export const CHUNKS = 16;
/** Stands for the row of a list where its rows are numbered. */
export const LIST_ROW = -1;
// Of each list, with whose row they are written: small beside the todos of a large list.
export const MOST_COMMENTED = 30;
export const MOST_COMMENT_CHARACTERS = 100_000;

/**
 * Return the row of the account: all but what the lists contain.
 * @param {State} state
 */
export const accountText = (state) => JSON.stringify({ ...state, contents: {}, leftLists: {} });

/**
 * @param {string} text
 * @returns {State}
 */
export const accountOf = (text) => ({ ...emptyState(), ...JSON.parse(text) });

/**
 * Return true if the todos of a list are all there, so that the list can be stored.
 * @param {State} state
 * @param {string} listId
 */
export const isStorable = (state, listId) =>
  Boolean(state.contents[listId]?.isWhole && state.lists[listId] && state.streams[listId]);

/**
 * Yield the rows of a list that differ between two states; all of them without `before`.
 * @param {State | null} before as it is stored
 * @param {State} after
 * @param {string} listId
 * @returns {Generator<Put>}
 */
function* yieldChangedRows(before, after, listId) {
  const known = before && isStorable(before, listId) ? before : null;
  if (
    known && known.contents[listId] === after.contents[listId] &&
    known.lists[listId] === after.lists[listId] && known.streams[listId] === after.streams[listId]
  ) return;
  yield { list: listId, chunk: LIST_ROW, text: listText(after, listId) };
  const [old, todos] = [known?.contents[listId].todos, after.contents[listId].todos];
  for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
    const buckets = bucketsOf(todos, chunk);
    const oldBuckets = old ? bucketsOf(old, chunk) : [];
    if (buckets.every((bucket, at) => bucket === oldBuckets[at])) continue;
    const inChunk = buckets.flatMap((bucket) => [...bucket.values()]);
    yield { list: listId, chunk, text: JSON.stringify(inChunk) };
  }
}

// The joiner of the modules knows no exported generator functions.
export const changedRows = yieldChangedRows;

/**
 * @param {TodoMap} todos
 * @param {number} chunk
 */
function bucketsOf({ buckets }, chunk) {
  const each = buckets.length / CHUNKS;
  return buckets.slice(chunk * each, (chunk + 1) * each);
}

/**
 * @param {State} state
 * @param {string} listId
 */
function listText(state, listId) {
  const all = state.contents[listId];
  const comments = keptComments(all);
  // Files are requested again when their todo is opened.
  const content = { ...all, todos: undefined, comments, attachments: {} };
  /** @type {ListPart} */
  const part = { list: state.lists[listId], position: state.streams[listId], content };
  return JSON.stringify(part);
}

/**
 * Return the comments on the todos whose comments were loaded last, within the limits.
 * @param {ListContent} content
 */
function keptComments({ comments, todos }) {
  /** @type {[string, Thread<Comment>][]} */
  const kept = [];
  let left = MOST_COMMENT_CHARACTERS;
  for (const [todoId, thread] of Object.entries(comments).reverse()) {
    if (kept.length === MOST_COMMENTED) break;
    if (!thread.loaded || !todos.get(todoId)) continue;
    const { length } = JSON.stringify(thread.byId);
    if (length > left) continue;
    left -= length;
    kept.push([todoId, thread]);
  }
  return Object.fromEntries(kept.reverse());
}

/**
 * Return the state with a stored list. The list, its position and its todos are of one moment.
 * @param {State} state
 * @param {string} listId
 * @param {{text: string, todos: string[]}} rows
 * @returns {State}
 */
export function withList(state, listId, { text, todos }) {
  const { list, position, content } = /** @type {ListPart} */ (JSON.parse(text));
  /** @type {Todo[]} */
  const all = todos.flatMap((chunk) => JSON.parse(chunk));
  return {
    ...state,
    lists: { ...state.lists, [listId]: list },
    streams: { ...state.streams, [listId]: position },
    contents: {
      ...state.contents,
      [listId]: /** @type {ListContent} */ ({
        // A page of the release before stored none.
        attachments: {},
        ...content,
        todos: TodoMap.of(all),
      }),
    },
  };
}

/**
 * Return the state as one that only the next snapshots confirm: another release of the page may
 * have left out what it did not know. No server has an epoch without a name.
 * @param {State} state
 * @returns {State}
 */
export function doubted(state) {
  const streams = Object.entries(state.streams)
    .map(([name, position]) => [name, { ...position, epoch: '' }]);
  return { ...state, streams: Object.fromEntries(streams) };
}
