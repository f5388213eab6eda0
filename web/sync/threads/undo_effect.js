// What the undo of a change shows until the server has confirmed it. Pure.

import { own } from '../../own.js';
import { findTodo, putContent } from '../state.js';
import { restoreComment } from './comment_effects.js';
import { putElsewhere } from '../todo_effects.js';

/**
 * @import { LabelShape } from '../../types/contract.d.ts'
 * @import { MutationEffect, State, Todo } from '../../types/client.d.ts'
 */

/** @type {MutationEffect<'change.undo'>} */
export function undoChange(state, { todos = [], comment, label, labelled = [] }) {
  if (label) return restoreLabel(state, label, new Set(labelled));
  return todos.reduce(moveBack, comment ? restoreComment(state, comment) : state);
}

/**
 * Show a deleted label again, on the todos that had it and are still there.
 * @param {State} state
 * @param {LabelShape} label
 * @param {Set<string>} labelled
 */
function restoreLabel(state, label, labelled) {
  const { id, list_id: listId } = label;
  const content = state.contents[listId];
  if (!content || own(content.labels, id)) return state;
  const todos = content.todos.map((todo) =>
    labelled.has(todo.id) ? { ...todo, labels: [...new Set([...todo.labels, id])].sort() } : todo
  );
  return putContent(state, listId, { labels: { ...content.labels, [id]: label }, todos });
}

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
