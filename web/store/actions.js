// What the user can do, one method for each verb. Every change shows at once: it becomes a pending
// mutation and goes to the outbox. A verb that can be undone puts its opposite on the undo stack.

import { newTempId } from '../sync/keys.js';
import { byRank } from '../sync/rank.js';
import { lowerBound, RANKED, sorted } from '../sync/todo_order.js';
import { dueAt } from './dates.js';
import { listValuesBefore, onTodo, valuesBefore } from './mutation_parts.js';
import { ListActions } from './placement/list_actions.js';
import { subtasksOf } from './queries.js';

/**
 * @import { ListEditBody, NewLabelBody, NewListBody } from '../types/contract.d.ts'
 * @import {
 *   BeforeEnd, MutationFields, Todo, TodoChanges, TodoFields,
 * } from '../types/client.d.ts'
 * @import { Sent } from './undo.js'
 */

/** @typedef {{before_id: string | null, after_id: string | null}} Neighbours */
/** @typedef {{base_seq?: number, saw?: unknown}} EditBase what an edit was based on */

export class Actions extends ListActions {
  /**
   * @param {string} listId
   * @param {TodoFields} fields
   * @returns {string} the provisional id
   */
  addTodo(listId, fields) {
    const tempId = newTempId();
    const sent = this.send('todo.add', {
      temp_id: tempId,
      list_id: listId,
      fields,
      before_id: null,
      after_id: null,
      due_at: dueAt(fields.due),
    });
    const remove = () => this.#remove(this.store.realId(tempId));
    this.undos.push('added', fields.title, remove, sent);
    return tempId;
  }

  /**
   * @param {string} todoId
   * @param {TodoChanges} changes
   * @param {EditBase | null} [base] what the edit was based on, if not on what is shown
   */
  editTodo(todoId, changes, base = null) {
    const todo = this.find(todoId);
    if (!todo) return;
    const before = valuesBefore(todo, changes);
    const [field, another] = Object.keys(changes);
    const shown = {
      base_seq: this.store.confirmed.streams[todo.list_id]?.seq,
      saw: another ? undefined : before[/** @type {keyof TodoChanges} */ (field)],
    };
    const sent = this.send('todo.edit', {
      todo_id: todo.id,
      list_id: todo.list_id,
      changes,
      ...(base ?? shown),
      due_at: dueAt(changes.due),
    });
    this.undos.push('changed', todo.title, () => this.editTodo(todo.id, before), sent);
  }

  /**
   * Complete an open todo, or reopen a finished one.
   * @param {string} todoId
   */
  tick(todoId) {
    const todo = this.find(todoId);
    if (!todo) return;
    if (todo.status === 'completed' || todo.status === 'cancelled') {
      this.editTodo(todo.id, { status: 'pending' });
      return;
    }
    if (todo.repeat) {
      this.#endOccurrence('todo.complete', todo);
      return;
    }
    const sent = this.send('todo.complete', onTodo(todo));
    const reopen = () =>
      this.send('todo.edit', { ...onTodo(todo), changes: { status: todo.status } });
    this.undos.push('completed', todo.title, reopen, sent);
  }

  /**
   * Skip the present occurrence of a todo that repeats.
   * @param {string} todoId
   */
  skip(todoId) {
    const todo = this.find(todoId);
    if (todo?.repeat) this.#endOccurrence('todo.skip', todo);
  }

  /**
   * End the present occurrence by its number: ending it twice, here or elsewhere, ends it once.
   * @param {'todo.complete' | 'todo.skip'} kind
   * @param {Todo} todo
   */
  #endOccurrence(kind, todo) {
    const { due, due_at, repeat, status } = todo;
    // A second press must not end the next occurrence as well.
    if (!repeat || todo.ending) return;
    const before = { due, due_at, repeat, status };
    const { occurrence } = repeat;
    const sent = this.send(kind, { ...onTodo(todo), occurrence, before });
    this.undos.push(
      kind === 'todo.skip' ? 'skipped' : 'completed',
      todo.title,
      () => this.#reopen(todo.id, occurrence, before),
      sent,
    );
  }

  /**
   * Take back the end of an occurrence. Undoing ends it again.
   * @param {Todo} todo
   * @param {'todo.complete' | 'todo.skip'} kind how it ended
   * @param {number} occurrence
   * @param {BeforeEnd} before
   */
  takeBack(todo, kind, occurrence, before) {
    const sent = this.#reopen(todo.id, occurrence, before);
    if (!sent) return;
    const again = { ...onTodo(todo), occurrence, before };
    this.undos.push('changed', todo.title, () => this.send(kind, again), sent);
  }

  /**
   * @param {string} todoId
   * @param {number} occurrence
   * @param {BeforeEnd} before
   * @returns {Sent | null} null if the todo is gone
   */
  #reopen(todoId, occurrence, before) {
    const todo = this.find(todoId);
    return todo && this.send('todo.reopen', { ...onTodo(todo), occurrence, before });
  }

  /** @param {string} todoId */
  #remove(todoId) {
    const todo = this.find(todoId);
    return todo && this.send('todo.delete', onTodo(todo));
  }

  /** @param {string} todoId */
  deleteTodo(todoId) {
    const todo = this.find(todoId);
    if (!todo) return;
    const subtasks = subtasksOf(this.state, todo);
    const sent = this.send('todo.delete', onTodo(todo));
    this.undos.push('deleted', todo.title, () => this.restoreTodo([todo, ...subtasks]), sent);
  }

  /** @param {Todo[]} todos the todo, then its subtasks: the server restores them with it */
  restoreTodo(todos) {
    return this.send('todo.restore', { ...onTodo(todos[0]), todos });
  }

  /**
   * Move a todo to another list, or before or after another todo.
   * @param {string} todoId
   * @param {{to_list?: string | null, before_id?: string | null, after_id?: string | null}} target
   */
  moveTodo(todoId, { to_list = null, before_id = null, after_id = null }) {
    const todo = this.find(todoId);
    if (!todo) return;
    const { undo, sent } = to_list === null || to_list === todo.list_id
      ? this.#moveWithin(todo, { before_id, after_id })
      : this.#moveTo(todo, to_list, { before_id, after_id });
    this.undos.push('moved', todo.title, undo, sent);
  }

  /**
   * @param {Todo} todo
   * @param {Neighbours} place
   */
  #moveWithin(todo, place) {
    const ranked = sorted(this.state.contents[todo.list_id].todos, RANKED);
    const at = lowerBound(ranked, todo, byRank);
    const back = ranked[at + 1]
      ? { before_id: ranked[at + 1].id }
      : { after_id: ranked[at - 1]?.id ?? null };
    const sent = this.send('todo.move', { ...onTodo(todo), to_list: null, ...place });
    return { sent, undo: () => this.moveTodo(todo.id, back) };
  }

  /**
   * @param {Todo} todo
   * @param {string} listId
   * @param {Neighbours} place
   */
  #moveTo(todo, listId, place) {
    const todos = [todo, ...subtasksOf(this.state, todo)];
    const sent = this.send('todo.move', { ...onTodo(todo), to_list: listId, ...place });
    const there = { todo_id: todo.id, list_id: listId };
    // Moved back by a plain move, it would not have what the other list does not know.
    return { sent, undo: () => this.undoChange(there, sent.key, { todos }) };
  }

  /**
   * @param {string} listId
   * @param {Required<NewLabelBody>} fields
   * @returns {string} the provisional id, usable at once on todos
   */
  addLabel(listId, fields) {
    const tempId = newTempId();
    this.send('label.add', { temp_id: tempId, list_id: listId, fields });
    return tempId;
  }

  /**
   * @param {Required<NewListBody>} fields
   * @returns {string} the provisional id, usable at once
   */
  addList(fields) {
    const tempId = newTempId();
    this.send('list.add', { temp_id: tempId, fields });
    return tempId;
  }

  /**
   * @param {string} listId
   * @param {ListEditBody} changes
   */
  editList(listId, changes) {
    const before = listValuesBefore(this.state.lists[listId], changes);
    const sent = this.send('list.edit', { list_id: listId, changes });
    this.undos.push(
      'changed',
      this.state.lists[listId].name,
      () => this.send('list.edit', { list_id: listId, changes: before }),
      sent,
    );
  }

  /** @param {MutationFields['notification.read']} which */
  readNotifications(which) {
    this.send('notification.read', which);
  }
}
