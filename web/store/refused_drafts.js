// What the server refused, as a draft: the user wrote it, and may still need the words.

import { placeOf } from './drafts.js';
import { findTodo } from '../sync/state.js';

/**
 * @import { Drafts } from './drafts.js'
 * @import { Draft, Mutation, State } from '../types/client.d.ts'
 * @typedef {{place: string, draft: Omit<Draft, 'at'>}} KeptDraft
 */

/**
 * Keep what a refused mutation would have written in the field it came from, unless that has
 * another text already. Return the place of the draft; empty if nothing was kept.
 * @param {Drafts} drafts
 * @param {Mutation} mutation
 * @param {State} state as the server confirmed it
 */
export function keepRefused(drafts, mutation, state) {
  const refused = draftOf(mutation, state);
  if (!refused) return '';
  const { place, draft } = refused;
  const typed = drafts.get(place);
  // In the field of an edit, what was typed since is a later version of the same words.
  if (typed && draft.action !== 'edit_todo') return '';
  drafts.keep(place, { ...draft, text: typed?.text ?? draft.text });
  return place;
}

/**
 * Return what a refused mutation would have written, and the field it came from; null if nothing
 * was typed.
 * @param {Mutation} mutation
 * @param {State} state as the server confirmed it
 * @returns {KeptDraft | null}
 */
function draftOf(mutation, state) {
  switch (mutation.kind) {
    case 'todo.add': {
      const { fields: { title: text, parent_id }, list_id: listId } = mutation;
      return parent_id
        ? kept('subtask', parent_id, { text, listId, todoId: parent_id, action: 'create_todo' })
        : kept('add', listId, { text, listId, action: 'create_todo' });
    }
    case 'todo.edit':
      return editedText(mutation, state);
    case 'comment.add':
    case 'comment.edit': {
      const { body: text, list_id: listId, todo_id: todoId } = mutation;
      const [field, id] = mutation.kind === 'comment.add'
        ? ['comment', todoId]
        : ['comment-edit', mutation.comment_id];
      return kept(field, id, { text, listId, todoId, action: 'write_comment' });
    }
    default:
      return null;
  }
}

/**
 * @param {Extract<Mutation, {kind: 'todo.edit'}>} mutation
 * @param {State} state
 */
function editedText({ changes, list_id: listId, todo_id: todoId, saw }, state) {
  for (const field of /** @type {const} */ (['title', 'description'])) {
    const text = changes[field];
    // Undoing an edit writes what the server had.
    if (text === undefined || text === findTodo(state, todoId)?.[field]) continue;
    return kept(field, todoId, { text, listId, todoId, action: 'edit_todo', base: { saw } });
  }
  return null;
}

/**
 * @param {string} field
 * @param {string} id
 * @param {Omit<Draft, 'at' | 'end'>} draft
 * @returns {KeptDraft}
 */
const kept = (field, id, draft) => ({
  place: placeOf(field, id),
  draft: { ...draft, end: 'refused' },
});
