// What a person can do, one verb each. Every verb shows at once: it becomes a pending mutation and
// goes to the outbox. Verbs that can be undone leave their opposite on the undo stack.

import { findTodo } from '../sync/state.js';
import { byRank } from '../sync/rank.js';
import { repeatBody } from '../format/repeat.js';
import { instantOf } from './dates.js';

const UNDO_DEPTH = 50;

/** 128 random bits; crypto.randomUUID is missing on plain http, where people host at home. */
function newKey() {
  return Array.from(
    crypto.getRandomValues(new Uint8Array(16)),
    (byte) => byte.toString(16).padStart(2, '0'),
  ).join('');
}

export class Actions {
  #undos = [];

  /** @param {{store: import('./store.js').Store, outbox: import('../sync/outbox.js').Outbox}} ports */
  constructor({ store, outbox }) {
    this.store = store;
    this.outbox = outbox;
  }

  get #state() {
    return this.store.shown;
  }

  #do(kind, fields) {
    const mutation = { key: newKey(), kind, at: new Date().toISOString(), ...fields };
    this.store.addPending(mutation);
    this.outbox.add(mutation);
    return mutation;
  }

  #undoable(words, work) {
    this.#undos.push({ words, work });
    if (this.#undos.length > UNDO_DEPTH) this.#undos.shift();
  }

  /** Takes back the newest thing that can be taken back. Answers what it was, or null. */
  undo() {
    const last = this.#undos.pop();
    if (!last) return null;
    const depth = this.#undos.length;
    last.work();
    // Undoing is not itself undone: `u` twice goes two steps back.
    this.#undos.length = Math.min(this.#undos.length, depth);
    return last.words;
  }

  /** @returns {string} the provisional id */
  addTodo(listId, fields, { before_id = null, after_id = null } = {}) {
    const tempId = `new:${newKey()}`;
    this.#do('todo.add', {
      temp_id: tempId,
      list_id: listId,
      fields,
      before_id,
      after_id,
      due_at: dueAt(fields.due),
    });
    this.#undoable('added', () => this.#remove(this.store.realId(tempId)));
    return tempId;
  }

  /** @param {{base_seq?: number, saw?: any}} [base] what the edit was based on, if not on what is shown */
  editTodo(todoId, changes, base = null) {
    const id = this.store.realId(todoId);
    const todo = findTodo(this.#state, id);
    if (!todo) return;
    const before = Object.fromEntries(
      Object.keys(changes).map((
        field,
      ) => [field, field === 'repeat' ? repeatBody(todo.repeat) : todo[field]]),
    );
    const [field, another] = Object.keys(changes);
    const shown = {
      base_seq: this.store.confirmed.streams[todo.list_id]?.seq,
      saw: another ? undefined : before[field],
    };
    this.#do('todo.edit', {
      todo_id: id,
      list_id: todo.list_id,
      changes,
      ...(base ?? shown),
      due_at: dueAt(changes.due),
    });
    this.#undoable('changed', () => this.editTodo(id, before));
  }

  tick(todoId) {
    const id = this.store.realId(todoId);
    const todo = findTodo(this.#state, id);
    if (!todo) return;
    if (todo.status === 'completed' || todo.status === 'cancelled') {
      this.editTodo(id, { status: 'pending' });
      return;
    }
    if (todo.repeat) {
      this.#endOccurrence('todo.complete', todo);
      return;
    }
    this.#do('todo.complete', { todo_id: id, list_id: todo.list_id });
    this.#undoable('completed', () =>
      this.#do('todo.edit', {
        todo_id: id,
        list_id: todo.list_id,
        changes: { status: todo.status },
      }));
  }

  /** Passes by the present occurrence of a todo that repeats. */
  skip(todoId) {
    const todo = findTodo(this.#state, this.store.realId(todoId));
    if (todo?.repeat) this.#endOccurrence('todo.skip', todo);
  }

  /** The occurrence is named: ticking it twice, here or elsewhere, ends it once. */
  #endOccurrence(kind, todo) {
    // Already on its way: the next one is not to be ticked with it.
    if (todo.ending) return;
    const { due, due_at, repeat, status } = todo;
    const before = { due, due_at, repeat, status };
    this.#do(kind, {
      todo_id: todo.id,
      list_id: todo.list_id,
      occurrence: repeat.occurrence,
      before,
    });
    this.#undoable(
      kind === 'todo.skip' ? 'skipped' : 'completed',
      () => this.reopen(todo.id, repeat.occurrence, before),
    );
  }

  reopen(todoId, occurrence, before) {
    const todo = findTodo(this.#state, this.store.realId(todoId));
    if (todo) {
      this.#do('todo.reopen', { todo_id: todo.id, list_id: todo.list_id, occurrence, before });
    }
  }

  #remove(todoId) {
    const id = this.store.realId(todoId);
    const todo = findTodo(this.#state, id);
    if (todo) this.#do('todo.delete', { todo_id: id, list_id: todo.list_id });
    return todo;
  }

  deleteTodo(todoId) {
    const id = this.store.realId(todoId);
    const todo = findTodo(this.#state, id);
    if (!todo) return;
    const below = Object.values(this.#state.contents[todo.list_id].todos).filter((child) =>
      child.parent_id === id
    );
    this.#remove(id);
    this.#undoable('deleted', () => this.restoreTodo([todo, ...below]));
  }

  /** @param {any[]} todos the todo, then its subtasks: the server restores them with it */
  restoreTodo(todos) {
    this.#do('todo.restore', { todo_id: todos[0].id, list_id: todos[0].list_id, todos });
  }

  moveTodo(todoId, { to_list = null, before_id = null, after_id = null }) {
    const id = this.store.realId(todoId);
    const todo = findTodo(this.#state, id);
    if (!todo) return;
    const siblings = Object.values(this.#state.contents[todo.list_id].todos).sort(byRank);
    const at = siblings.findIndex((sibling) => sibling.id === id);
    const back = siblings[at + 1]
      ? { before_id: siblings[at + 1].id }
      : { after_id: siblings[at - 1]?.id ?? null };
    const elsewhere = to_list && to_list !== todo.list_id;
    this.#do('todo.move', {
      todo_id: id,
      list_id: todo.list_id,
      to_list: elsewhere ? to_list : null,
      before_id: before_id && this.store.realId(before_id),
      after_id: after_id && this.store.realId(after_id),
    });
    this.#undoable('moved', () => this.moveTodo(id, elsewhere ? { to_list: todo.list_id } : back));
  }

  addComment(todo, body) {
    this.#do('comment.add', {
      temp_id: `new:${newKey()}`,
      todo_id: todo.id,
      list_id: todo.list_id,
      body,
    });
  }

  editComment(todo, commentId, body) {
    this.#do('comment.edit', {
      todo_id: todo.id,
      list_id: todo.list_id,
      comment_id: commentId,
      body,
    });
  }

  deleteComment(todo, commentId) {
    this.#do('comment.delete', { todo_id: todo.id, list_id: todo.list_id, comment_id: commentId });
  }

  /** @returns {string} the provisional id, usable at once on todos */
  addLabel(listId, fields) {
    const tempId = `new:${newKey()}`;
    this.#do('label.add', { temp_id: tempId, list_id: listId, fields });
    return tempId;
  }

  editList(listId, changes) {
    const list = this.#state.lists[listId];
    const before = Object.fromEntries(
      Object.keys(changes).map((field) => [
        field,
        field === 'archived' ? Boolean(list.archived_at) : list[field],
      ]),
    );
    this.#do('list.edit', { list_id: listId, changes });
    this.#undoable('changed', () => this.#do('list.edit', { list_id: listId, changes: before }));
  }

  addReminder(todo, fields, firesAt) {
    this.#do('reminder.add', {
      temp_id: `new:${newKey()}`,
      todo_id: todo.id,
      list_id: todo.list_id,
      fields,
      fires_at: firesAt,
    });
  }

  /** @param {{minutes?: number, tomorrow?: boolean}} fields @param {string} until what that comes to */
  snoozeReminder(reminder, fields, until) {
    this.#do('reminder.snooze', {
      todo_id: reminder.todo_id,
      list_id: reminder.list_id,
      reminder_id: reminder.id,
      fields,
      until,
    });
  }

  deleteReminder(reminder) {
    this.#do('reminder.delete', {
      todo_id: reminder.todo_id,
      list_id: reminder.list_id,
      reminder_id: reminder.id,
    });
  }

  /** @param {{notification_ids?: string[], through?: string}} which */
  readNotifications(which) {
    this.#do('notification.read', which);
  }

  /** Sends again what was refused, as a new attempt. */
  retry(mutation) {
    const { key: _old, positions: _none, ...fields } = mutation;
    this.#do(mutation.kind, fields);
  }
}

/** The instant of a due time with a zone, as the server will compute it. */
function dueAt(due) {
  return due?.at && due.zone ? new Date(instantOf(due.at, due.zone)).toISOString() : null;
}
