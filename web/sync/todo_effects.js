// What pending mutations of a todo show until the server has confirmed them. Pure.

import { byRank, rankBetween } from './rank.js';
import { EMPTY_TODO } from './empty_todo.js';
import { findTodo, isOpen, putTodo } from './state.js';
import { childrenOf, lowerBound, RANKED, sorted } from './todo_order.js';

/**
 * @import { RepeatBody, RepeatShape } from '../types/contract.d.ts'
 * @import { MutationEffect, MutationOf, State, Todo } from '../types/client.d.ts'
 */

/**
 * Return the id of a created thing: the real one as soon as the server has answered, which may be
 * before the event comes.
 * @param {{temp_id: string, real_id?: string}} creation
 */
export const createdId = ({ temp_id: tempId, real_id: realId }) => realId ?? tempId;

/**
 * Return a rank before or after a neighbour; at the end of the list when neither is known.
 * @param {State} state
 * @param {string} listId
 * @param {{todo_id?: string, before_id: string | null, after_id: string | null}} target
 */
function rankFor(state, listId, { todo_id: movingId, before_id: beforeId, after_id: afterId }) {
  const todos = state.contents[listId]?.todos;
  const others = sorted(movingId ? todos?.remove(movingId) : todos, RANKED);
  /** @param {string | null} id */
  const find = (id) => (id && id !== movingId && todos?.get(id)) || null;
  const [before, after] = [find(beforeId), find(afterId)];
  let at = others.length;
  if (before) at = lowerBound(others, before, byRank);
  else if (after) at = lowerBound(others, after, byRank) + 1;
  return rankBetween(others[at - 1]?.rank ?? null, others[at]?.rank ?? null);
}

const AT_THE_END = { before_id: null, after_id: null };

/** @type {MutationEffect<'todo.add'>} */
export function addTodo(state, mutation) {
  const { list_id: listId } = mutation;
  const id = createdId(mutation);
  if (!state.contents[listId] || state.contents[listId].todos.has(id)) return state;
  return putTodo(state, listId, id, newTodo(state, mutation, id));
}

/**
 * @param {State} state
 * @param {MutationOf<'todo.add'>} mutation
 * @param {string} id
 * @returns {Todo}
 */
function newTodo(state, mutation, id) {
  const { list_id: listId, before_id, after_id } = mutation;
  const { repeat, ...fields } = mutation.fields;
  /** @type {Todo} */
  const todo = {
    ...EMPTY_TODO,
    id,
    list_id: listId,
    due_at: null,
    comment_count: 0,
    attachment_count: 0,
    completed_at: null,
    completed_by: null,
    deleted_at: null,
    version: 0,
    created_by: state.account?.id ?? null,
    created_at: mutation.at,
    updated_at: mutation.at,
    rank: rankFor(state, listId, { before_id, after_id }),
    pending: true,
    ...fields,
    ...(fields.due ? { due_at: mutation.due_at ?? null } : {}),
  };
  return repeat ? { ...todo, repeat: provisionalRepeat(todo, repeat, null) } : todo;
}

/** @type {MutationEffect<'todo.duplicate'>} */
export function duplicateTodo(state, mutation) {
  const todo = findTodo(state, mutation.todo_id);
  const id = createdId(mutation);
  if (!todo || findTodo(state, id)) return state;
  return putTodo(state, todo.list_id, id, {
    ...todo,
    id,
    rank: rankFor(state, todo.list_id, { before_id: null, after_id: todo.id }),
    status: isOpen(todo) ? todo.status : 'pending',
    comment_count: 0,
    attachment_count: 0,
    completed_at: null,
    completed_by: null,
    version: 0,
    created_by: state.account?.id ?? null,
    created_at: mutation.at,
    updated_at: mutation.at,
    pending: true,
  });
}

/** @type {MutationEffect<'todo.edit'>} */
export function editTodo(state, mutation) {
  const todo = findTodo(state, mutation.todo_id);
  if (!todo) return state;
  const { repeat, ...changes } = mutation.changes;
  /** @type {Todo} */
  const edited = { ...todo, ...changes };
  if ('due' in changes) edited.due_at = mutation.due_at ?? null;
  if (repeat !== undefined) {
    edited.repeat = repeat && provisionalRepeat(edited, repeat, todo.repeat);
  }
  if (changes.status && changes.status !== 'completed') {
    edited.completed_at = null;
    edited.completed_by = null;
    // By this, those that will not be done have their place among the finished ones.
    edited.updated_at = mutation.at;
  }
  return putTodo(state, todo.list_id, todo.id, edited);
}

/**
 * Return a series as it shows until the server has said where it begins. Without a due date the
 * present one stays: there is none to begin from.
 * @param {Todo} todo
 * @param {RepeatBody} repeat
 * @param {RepeatShape | null} present
 * @returns {RepeatShape | null}
 */
function provisionalRepeat({ due }, repeat, present) {
  if (!due) return present;
  return {
    rule: repeat.rule,
    counts_from: repeat.counts_from ?? 'schedule',
    anchor: repeat.anchor ?? due,
    occurrence: present?.occurrence ?? 1,
    day: 'date' in due ? due.date : due.at.slice(0, 10),
    left: null,
  };
}

/**
 * Show that the present occurrence is ending; the server alone knows the next date.
 * @param {State} state
 * @param {MutationOf<'todo.complete' | 'todo.skip'>} mutation
 */
export function endOccurrence(state, mutation) {
  const todo = findTodo(state, mutation.todo_id);
  if (!todo || todo.repeat?.occurrence !== mutation.occurrence) return state;
  return putTodo(state, todo.list_id, todo.id, {
    ...todo,
    ending: mutation.kind === 'todo.skip' ? 'skipped' : 'completed',
  });
}

/** @type {MutationEffect<'todo.reopen'>} */
export function reopenTodo(state, mutation) {
  const todo = findTodo(state, mutation.todo_id);
  if (!todo) return state;
  const { ending: _ending, ...open } = todo;
  return putTodo(state, todo.list_id, todo.id, {
    ...open,
    ...mutation.before,
    completed_at: null,
    completed_by: null,
  });
}

/** @type {MutationEffect<'todo.complete'>} */
export function completeTodo(state, mutation) {
  const todo = findTodo(state, mutation.todo_id);
  if (!todo || todo.status === 'completed') return state;
  if (mutation.occurrence) return endOccurrence(state, mutation);
  return putTodo(state, todo.list_id, todo.id, {
    ...todo,
    status: 'completed',
    completed_at: mutation.at,
    completed_by: state.account?.id ?? null,
  });
}

/** @type {MutationEffect<'todo.delete'>} */
export function deleteTodo(state, mutation) {
  const todo = findTodo(state, mutation.todo_id);
  if (!todo) return state;
  const subtasks = childrenOf(state.contents[todo.list_id].todos, todo.id);
  return [todo, ...subtasks].reduce(
    (after, deleted) => putTodo(after, deleted.list_id, deleted.id, null),
    state,
  );
}

/** @type {MutationEffect<'todo.restore'>} */
export const restoreTodo = (state, { todos }) => putBack(state, todos);

/**
 * @param {State} state
 * @param {Todo[]} todos from the trash
 */
function putBack(state, todos) {
  return todos.reduce((after, todo) => {
    if (findTodo(after, todo.id)) return after;
    return putTodo(after, todo.list_id, todo.id, { ...todo, deleted_at: null });
  }, state);
}

/** @type {MutationEffect<'todo.bulk'>} */
export function editTodos(state, { todo_ids: ids, changes: { deleted, ...changes }, ...mutation }) {
  if (deleted === false) return putBack(state, mutation.todos ?? []);
  return ids.reduce((after, todo_id) => {
    const each = { ...mutation, todo_id, list_id: '' };
    if (deleted) return deleteTodo(after, { ...each, kind: 'todo.delete' });
    if (changes.status === 'completed') {
      return completeTodo(after, { ...each, kind: 'todo.complete' });
    }
    return editTodo(after, { ...each, kind: 'todo.edit', changes });
  }, state);
}

/** @type {MutationEffect<'todo.move'>} */
export function moveTodo(state, mutation) {
  const todo = findTodo(state, mutation.todo_id);
  if (!todo) return state;
  const listId = mutation.to_list ?? todo.list_id;
  if (listId === todo.list_id) {
    return putTodo(state, listId, todo.id, { ...todo, rank: rankFor(state, listId, mutation) });
  }
  const members = state.contents[listId]?.members ?? {};
  const subtasks = childrenOf(state.contents[todo.list_id].todos, todo.id);
  return [todo, ...subtasks].reduce((after, each) =>
    putElsewhere(after, each, {
      ...each,
      list_id: listId,
      rank: rankFor(after, listId, each === todo ? mutation : AT_THE_END),
      parent_id: each === todo ? null : todo.id,
      // Labels and members belong to a list: those that the other list does not have are dropped.
      labels: [],
      assignees: each.assignees.filter((id) => members[id]),
    }), state);
}

/**
 * @param {State} state
 * @param {Todo} from
 * @param {Todo} to the same todo, in another list
 */
export const putElsewhere = (state, from, to) =>
  putTodo(putTodo(state, from.list_id, from.id, null), to.list_id, to.id, to);
