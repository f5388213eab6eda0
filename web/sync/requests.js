// From a pending mutation to the request that carries it. Pure.

/**
 * @import {
 *   BulkBody, EditBody, ListView, MoveBody, NewTodoBody, PerhapsOccurrenceBody, ReadBody, UndoBody,
 * } from '../types/contract.d.ts'
 * @import { AnsweredPosition, Mutation, MutationKind, MutationOf } from '../types/client.d.ts'
 * @typedef {{method: string, path: string, body?: object}} RequestParts
 */

/** How a list is looked at that has no view. @type {ListView} */
export const PLAIN = {
  sort: 'manual',
  group: 'none',
  filter: { text: '', due: null, priorities: [], statuses: [], labels: [], assignees: [] },
};

/** @param {string} id */
const todoPath = (id) => `/todos/${encodeURIComponent(id)}`;
/** @param {{todo_id: string, comment_id: string}} subject */
const commentPath = ({ todo_id, comment_id }) => `${todoPath(todo_id)}/comments/${comment_id}`;
/** @param {string} id */
const listPath = (id) => `/lists/${encodeURIComponent(id)}`;
/** @param {{list_id: string, label_id: string}} subject */
const labelPath = ({ list_id, label_id }) => `${listPath(list_id)}/labels/${label_id}`;
/** @param {string} id */
const folderPath = (id) => `/folders/${encodeURIComponent(id)}`;

/**
 * Return the fields that have a value.
 * @template {object} T
 * @param {T} record
 * @returns {{[Field in keyof T]?: NonNullable<T[Field]>}}
 */
function given(record) {
  const fields = Object.entries(record)
    .filter(([, value]) => value !== undefined && value !== null);
  // What fromEntries() returns has lost the types of the fields.
  return /** @type {any} */ (Object.fromEntries(fields));
}

/** @type {{[Kind in MutationKind]: (mutation: MutationOf<Kind>) => RequestParts}} */
export const REQUESTS = {
  'todo.add': (m) => ({
    method: 'POST',
    path: '/todos',
    body: /** @satisfies {NewTodoBody} */ ({
      list_id: m.list_id,
      ...m.fields,
      ...given({ before_id: m.before_id, after_id: m.after_id }),
    }),
  }),
  'todo.edit': (m) => ({
    method: 'PATCH',
    path: todoPath(m.todo_id),
    body: /** @satisfies {EditBody} */ ({ ...m.changes, ...given({ base_seq: m.base_seq }) }),
  }),
  'todo.complete': (m) => ({
    method: 'POST',
    path: `${todoPath(m.todo_id)}/complete`,
    body: /** @satisfies {PerhapsOccurrenceBody} */ (given({ occurrence: m.occurrence })),
  }),
  'todo.skip': (m) => ({
    method: 'POST',
    path: `${todoPath(m.todo_id)}/skip`,
    body: { occurrence: m.occurrence },
  }),
  'todo.reopen': (m) => ({
    method: 'POST',
    path: `${todoPath(m.todo_id)}/reopen`,
    body: { occurrence: m.occurrence },
  }),
  'todo.duplicate': (m) => ({ method: 'POST', path: `${todoPath(m.todo_id)}/duplicate` }),
  'todo.delete': (m) => ({ method: 'DELETE', path: todoPath(m.todo_id) }),
  'todo.restore': (m) => ({ method: 'POST', path: `${todoPath(m.todo_id)}/restore` }),
  'todo.bulk': (m) => ({
    method: 'PATCH',
    path: '/todos/bulk',
    body: /** @satisfies {BulkBody} */ ({ ids: m.todo_ids, changes: m.changes }),
  }),
  'todo.move': (m) => ({
    method: 'POST',
    path: `${todoPath(m.todo_id)}/move`,
    body: /** @satisfies {MoveBody} */ (
      given({ list_id: m.to_list, before_id: m.before_id, after_id: m.after_id })
    ),
  }),
  'change.undo': (m) => ({
    method: 'POST',
    path: `${listPath(m.list_id)}/activity/undo`,
    body: /** @satisfies {UndoBody} */ ({ mutation: m.undoes }),
  }),
  'comment.add': (m) => ({
    method: 'POST',
    path: `${todoPath(m.todo_id)}/comments`,
    body: { body: m.body },
  }),
  'comment.edit': (m) => ({
    method: 'PATCH',
    path: commentPath(m),
    body: { body: m.body },
  }),
  'comment.delete': (m) => ({
    method: 'DELETE',
    path: commentPath(m),
  }),
  'comment.react': (m) => ({
    method: m.on ? 'PUT' : 'DELETE',
    path: `${commentPath(m)}/reactions/${encodeURIComponent(m.emoji)}`,
  }),
  'label.add': (m) => ({ method: 'POST', path: `${listPath(m.list_id)}/labels`, body: m.fields }),
  'label.edit': (m) => ({ method: 'PATCH', path: labelPath(m), body: m.changes }),
  'label.delete': (m) => ({ method: 'DELETE', path: labelPath(m) }),
  'list.add': (m) => ({ method: 'POST', path: '/lists', body: m.fields }),
  'list.edit': (m) => ({ method: 'PATCH', path: listPath(m.list_id), body: m.changes }),
  'list.place': (m) => ({
    method: 'PATCH',
    path: `${listPath(m.list_id)}/placement`,
    body: m.changes,
  }),
  'list.view': (m) => ({
    method: 'PUT',
    path: `${listPath(m.list_id)}/view`,
    body: /** @satisfies {ListView} */ (m.view ?? PLAIN),
  }),
  'folder.add': (m) => ({ method: 'POST', path: '/folders', body: m.fields }),
  'folder.edit': (m) => ({ method: 'PATCH', path: folderPath(m.folder_id), body: m.changes }),
  'folder.delete': (m) => ({ method: 'DELETE', path: folderPath(m.folder_id) }),
  'own-label.add': (m) => ({ method: 'POST', path: '/personal-labels', body: m.fields }),
  'own-label.edit': (m) => ({
    method: 'PATCH',
    path: `/personal-labels/${m.label_id}`,
    body: m.changes,
  }),
  'own-label.delete': (m) => ({ method: 'DELETE', path: `/personal-labels/${m.label_id}` }),
  'todo.label': (m) => ({ method: 'PATCH', path: '/labelled-todos', body: { todos: m.todos } }),
  'reminder.add': (m) => ({
    method: 'POST',
    path: `${todoPath(m.todo_id)}/reminders`,
    body: m.fields,
  }),
  'reminder.snooze': (m) => ({
    method: 'POST',
    path: `${todoPath(m.todo_id)}/reminders/${m.reminder_id}/snooze`,
    body: m.fields,
  }),
  'reminder.delete': (m) => ({
    method: 'DELETE',
    path: `${todoPath(m.todo_id)}/reminders/${m.reminder_id}`,
  }),
  'notification.read': (m) => ({
    method: 'POST',
    path: '/users/me/notifications/read',
    body: /** @satisfies {ReadBody} */ (
      given({ notification_ids: m.notification_ids, through: m.through })
    ),
  }),
};

/**
 * Return the request that carries `mutation`.
 * @param {Mutation} mutation
 * @returns {RequestParts}
 */
export function requestOf(mutation) {
  // The compiler cannot see that the entry and the mutation are of the same kind.
  const build = /** @type {(mutation: Mutation) => RequestParts} */ (REQUESTS[mutation.kind]);
  return build(mutation);
}

/**
 * Read `Livelist-Seq: <list>:<epoch>:<seq>, …`. The name of a user's own stream contains a colon.
 * @param {string | null} header
 * @returns {AnsweredPosition[]}
 */
export function parsePositions(header) {
  if (!header) return [];
  return header.split(',').map((part) => {
    const words = part.trim().split(':');
    const seq = Number(words.pop());
    const epoch = words.pop() ?? '';
    return { list: words.join(':'), epoch, seq };
  }).filter(({ list, seq }) => list && Number.isFinite(seq));
}
