// What the undo of a change shows until the server has confirmed it. Pure.

import { findTodo } from '../state.js';
import { restoreComment } from './comment_effects.js';
import { putElsewhere } from '../todo_effects.js';

/** @import { MutationEffect, State, Todo } from '../../types/client.d.ts' */

/** @type {MutationEffect<'change.undo'>} */
export const undoChange = (state, { todos = [], comment }) =>
  todos.reduce(moveBack, comment ? restoreComment(state, comment) : state);

/**
 * Show a moved todo where it was, with what the move took from it.
 * @param {State} state
 * @param {Todo} before
 */
function moveBack(state, before) {
  const todo = findTodo(state, before.id) ?? before;
  const { list_id, rank, parent_id, labels, assignees } = before;
  if (todo.list_id === list_id && todo !== before) return state;
  return putElsewhere(state, todo, { ...todo, list_id, rank, parent_id, labels, assignees });
}
