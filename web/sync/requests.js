// From a pending mutation to the request that carries it. Pure.

const todoPath = (id) => `/todos/${encodeURIComponent(id)}`;
const listPath = (id) => `/lists/${encodeURIComponent(id)}`;

const given = (record) =>
  Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined && value !== null),
  );

/** @type {Record<string, (mutation: any) => {method: string, path: string, body?: any}>} */
export const REQUESTS = {
  'todo.add': (m) => ({
    method: 'POST',
    path: '/todos',
    body: {
      list_id: m.list_id,
      ...m.fields,
      ...given({ before_id: m.before_id, after_id: m.after_id }),
    },
  }),
  'todo.edit': (m) => ({
    method: 'PATCH',
    path: todoPath(m.todo_id),
    body: { ...m.changes, ...given({ base_seq: m.base_seq }) },
  }),
  'todo.complete': (m) => ({
    method: 'POST',
    path: `${todoPath(m.todo_id)}/complete`,
    body: given({ occurrence: m.occurrence }),
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
  'todo.delete': (m) => ({ method: 'DELETE', path: todoPath(m.todo_id) }),
  'todo.restore': (m) => ({ method: 'POST', path: `${todoPath(m.todo_id)}/restore` }),
  'todo.move': (m) => ({
    method: 'POST',
    path: `${todoPath(m.todo_id)}/move`,
    body: given({ list_id: m.to_list, before_id: m.before_id, after_id: m.after_id }),
  }),
  'comment.add': (m) => ({
    method: 'POST',
    path: `${todoPath(m.todo_id)}/comments`,
    body: { body: m.body },
  }),
  'comment.edit': (m) => ({
    method: 'PATCH',
    path: `${todoPath(m.todo_id)}/comments/${m.comment_id}`,
    body: { body: m.body },
  }),
  'comment.delete': (m) => ({
    method: 'DELETE',
    path: `${todoPath(m.todo_id)}/comments/${m.comment_id}`,
  }),
  'label.add': (m) => ({ method: 'POST', path: `${listPath(m.list_id)}/labels`, body: m.fields }),
  'list.edit': (m) => ({ method: 'PATCH', path: listPath(m.list_id), body: m.changes }),
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
    body: given({ notification_ids: m.notification_ids, through: m.through }),
  }),
};

/** Reads `Livelist-Seq: <list>:<epoch>:<seq>, …`. A person's own stream holds a colon itself. */
export function parsePositions(header) {
  if (!header) return [];
  return header.split(',').map((part) => {
    const words = part.trim().split(':');
    const seq = Number(words.pop());
    const epoch = words.pop();
    return { list: words.join(':'), epoch, seq };
  }).filter(({ list, seq }) => list && Number.isFinite(seq));
}
