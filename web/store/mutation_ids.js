// What mutations, and the events of creations, are about.

import { findTodo } from '../sync/state.js';

/**
 * @import { EventFrame } from '../types/contract.d.ts'
 * @import { Mutation, State } from '../types/client.d.ts'
 */

/** The changes of lists: what is the user's own has no activity. */
const OF_LISTS = /^(todo|comment|label)\.|^list\.edit$/;

/**
 * Return the ids of the todos and lists that mutations without an answer change or make.
 * @param {readonly Mutation[]} pending
 */
export function idsOf(pending) {
  const ids = pending.filter(({ positions }) => !positions).flatMap((mutation) => [
    'todo_id' in mutation && mutation.kind !== 'todo.duplicate' && mutation.todo_id,
    'temp_id' in mutation && (mutation.real_id ?? mutation.temp_id),
    ...('todo_ids' in mutation ? mutation.todo_ids : []),
    ...(mutation.kind === 'todo.label' ? mutation.todos.map(({ todo_id: id }) => id) : []),
    mutation.kind.startsWith('list.') && 'list_id' in mutation && mutation.list_id,
  ]);
  return new Set(ids.filter(Boolean));
}

/**
 * Return the id of what an event is about: for the event of a creation, what was created.
 * @param {EventFrame} frame
 */
export function createdBy({ data }) {
  if ('todo' in data) return data.todo.id;
  if ('comment' in data) return data.comment.id;
  if ('label' in data) return data.label.id;
  if ('list' in data) return data.list.id;
  return 'reminder' in data ? data.reminder.id : null;
}

/**
 * Return the lists in which the server can undo a mutation by its key.
 * @param {Mutation} mutation
 * @param {State} state before it
 */
export function undoableIn(mutation, state) {
  if (mutation.kind === 'todo.bulk') {
    return [...new Set(mutation.todo_ids.flatMap((id) => findTodo(state, id)?.list_id ?? []))];
  }
  // There it is found.
  if (mutation.kind === 'todo.move') return [mutation.to_list ?? mutation.list_id];
  return OF_LISTS.test(mutation.kind) && 'list_id' in mutation ? [mutation.list_id] : [];
}
