// Parts of the mutations that actions.js makes: values before an edit, and how to restore them.

import { repeatBody } from '../format/repeat.js';

/**
 * @import { LabelEditBody, ListEditBody, MyListShape } from '../types/contract.d.ts'
 * @import { Todo, TodoChanges } from '../types/client.d.ts'
 * @import { Sent, UndoStack } from './undo.js'
 */

/**
 * Return the changes that give a field a value that a todo had before.
 * @param {string} field
 * @param {any} value
 * @returns {TodoChanges}
 */
export const restoring = (field, value) => ({
  [field]: field === 'repeat' ? repeatBody(value) : value,
});

/** @param {Pick<Todo, 'id' | 'list_id'>} todo */
export const onTodo = (todo) => ({ todo_id: todo.id, list_id: todo.list_id });

/**
 * @template {object} T
 * @param {T} record
 * @param {string[]} fields
 * @returns {Partial<T>}
 */
function pick(record, fields) {
  // What fromEntries() returns has lost the types of the fields.
  return /** @type {any} */ (
    Object.fromEntries(Object.entries(record).filter(([field]) => fields.includes(field)))
  );
}

/**
 * Return what a list has now in the fields of `changes`.
 * @param {MyListShape} list
 * @param {ListEditBody} changes
 * @returns {ListEditBody}
 */
export function listValuesBefore(list, changes) {
  const { name, colour, icon } = list;
  const present = { name, colour, icon, archived: Boolean(list.archived_at) };
  return pick(present, Object.keys(changes));
}

/**
 * Return what a todo has now in the fields of `changes`.
 * @param {Todo} todo
 * @param {TodoChanges} changes
 * @returns {TodoChanges}
 */
export function valuesBefore(todo, changes) {
  return pick({ ...todo, repeat: repeatBody(todo.repeat) }, Object.keys(changes));
}

/**
 * Change what differs of a label's name and colour; undoing gives back only that.
 * @param {UndoStack} undos
 * @param {Required<LabelEditBody>} before
 * @param {LabelEditBody} wanted
 * @param {(changes: LabelEditBody) => Sent} send
 */
export function changeLabel(undos, { name, colour }, wanted, send) {
  const changes = { ...wanted };
  if (changes.name === name) delete changes.name;
  if (changes.colour === colour) delete changes.colour;
  const fields = Object.keys(changes);
  if (fields.length === 0) return;
  const sent = send(changes);
  undos.push('changed', name, () => send(pick({ name, colour }, fields)), sent);
}
