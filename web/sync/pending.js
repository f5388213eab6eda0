// Pending mutations: what the person did that the server has not yet told us back. Pure.
//
//   shown = confirmed + pending mutations replayed over it, oldest first
//
// A mutation is {key, kind, at, …what it does}. `key` is its Idempotency-Key, and the `mutation` of
// the event it causes. It is dropped when that event was applied, or when our cursors reached the
// positions its REST answer named: whichever the network brings first.

import { findTodo, putContent, putTodo, without } from './state.js';
import { readNotifications } from './reducer.js';
import { byRank, rankBetween } from './rank.js';

/** @typedef {{key: string, kind: string, at: string, positions?: {list: string, epoch: string, seq: number}[]}} Mutation */

// These cause several events, perhaps in two streams: dropping them at the first would make the
// todo blink. Their REST answer names all positions.
const MANY_EVENTS = new Set(['todo.move', 'todo.delete', 'todo.restore']);

/** Returns `confirmed` with every pending mutation replayed over it. */
export function replay(confirmed, pending) {
  return pending.reduce(
    (state, mutation) => EFFECTS[mutation.kind]?.(state, mutation) ?? state,
    confirmed,
  );
}

/** Tells whether the server's own word about `mutation` is in the confirmed state. */
export function isSettled(mutation, streams, heard) {
  if (heard.has(mutation.key) && !MANY_EVENTS.has(mutation.kind)) return true;
  if (!mutation.positions) return false;
  return mutation.positions.every(({ list, epoch, seq }) => {
    const held = streams[list];
    // A stream we do not follow, or another epoch's snapshot, cannot keep it waiting.
    return !held || held.epoch !== epoch || held.seq >= seq;
  });
}

/** Replaces a provisional id by the real one in a mutation that was made before it was known. */
export function replaceId(mutation, from, to) {
  const renamed = { ...mutation };
  for (const [field, value] of Object.entries(mutation)) {
    if (value === from) renamed[field] = to;
    else if (Array.isArray(value) && value.includes(from)) {
      renamed[field] = value.map((item) => (item === from ? to : item));
    }
  }
  for (const nested of ['changes', 'fields']) {
    if (mutation[nested]) renamed[nested] = replaceId(mutation[nested], from, to);
  }
  return renamed;
}

/** The rank a todo takes before or after a neighbour; at the end of the list when neither is named. */
function rankFor(
  state,
  listId,
  { todo_id: movingId = null, before_id: beforeId, after_id: afterId },
) {
  const sorted = Object.values(state.contents[listId]?.todos ?? {})
    .filter((todo) => todo.id !== movingId).sort(byRank);
  let at = sorted.length;
  const beforeAt = beforeId ? sorted.findIndex((todo) => todo.id === beforeId) : -1;
  const afterAt = afterId ? sorted.findIndex((todo) => todo.id === afterId) : -1;
  if (beforeAt >= 0) at = beforeAt;
  else if (afterAt >= 0) at = afterAt + 1;
  return rankBetween(sorted[at - 1]?.rank ?? null, sorted[at]?.rank ?? null);
}

/** What a creation is known by: the real id as soon as the server has answered, even before its event. */
const createdId = ({ temp_id: tempId, real_id: realId }) => realId ?? tempId;

function addTodo(state, mutation) {
  const { list_id: listId, fields } = mutation;
  const id = createdId(mutation);
  if (!state.contents[listId] || state.contents[listId].todos[id]) return state;
  const me = state.account?.id ?? null;
  return putTodo(state, listId, id, {
    id,
    list_id: listId,
    parent_id: null,
    title: '',
    notes: '',
    status: 'pending',
    priority: 0,
    due: null,
    due_at: null,
    repeat: null,
    metadata: {},
    assignees: [],
    labels: [],
    comment_count: 0,
    completed_at: null,
    completed_by: null,
    deleted_at: null,
    version: 0,
    created_by: me,
    created_at: mutation.at,
    updated_at: mutation.at,
    rank: rankFor(state, listId, mutation),
    pending: true,
    ...fields,
    ...(fields.due ? { due_at: mutation.due_at ?? null } : {}),
  });
}

function editTodo(state, mutation) {
  const todo = findTodo(state, mutation.todo_id);
  if (!todo) return state;
  const edited = { ...todo, ...mutation.changes };
  if ('due' in mutation.changes) edited.due_at = mutation.due_at ?? null;
  if (mutation.changes.repeat) {
    edited.repeat = provisionalRepeat(edited, mutation.changes.repeat, todo.repeat);
  }
  if (mutation.changes.status && mutation.changes.status !== 'completed') {
    edited.completed_at = null;
    edited.completed_by = null;
  }
  return putTodo(state, todo.list_id, todo.id, edited);
}

/** What a series looks like until the server has said where it begins; without a date it is none. */
function provisionalRepeat({ due }, wish, present) {
  if (!due) return present;
  return {
    occurrence: present?.occurrence ?? 1,
    anchor: due,
    day: (due.date ?? due.at).slice(0, 10),
    left: null,
    ...wish,
  };
}

/** The next date is the server's to say: until then the row shows that this one is ending. */
function endOccurrence(state, mutation) {
  const todo = findTodo(state, mutation.todo_id);
  if (!todo || todo.repeat?.occurrence !== mutation.occurrence) return state;
  return putTodo(state, todo.list_id, todo.id, {
    ...todo,
    ending: mutation.kind === 'todo.skip' ? 'skipped' : 'completed',
  });
}

function reopenTodo(state, mutation) {
  const todo = findTodo(state, mutation.todo_id);
  if (!todo) return state;
  const { ending: _no, ...open } = todo;
  return putTodo(state, todo.list_id, todo.id, {
    ...open,
    ...mutation.before,
    completed_at: null,
    completed_by: null,
  });
}

function completeTodo(state, mutation) {
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

function deleteTodo(state, mutation) {
  const todo = findTodo(state, mutation.todo_id);
  if (!todo) return state;
  const below = Object.values(state.contents[todo.list_id].todos).filter((child) =>
    child.parent_id === todo.id
  );
  return [todo, ...below].reduce(
    (after, gone) => putTodo(after, gone.list_id, gone.id, null),
    state,
  );
}

function restoreTodo(state, mutation) {
  return mutation.todos.reduce((after, todo) => {
    if (findTodo(after, todo.id)) return after;
    return putTodo(after, todo.list_id, todo.id, { ...todo, deleted_at: null });
  }, state);
}

function moveTodo(state, mutation) {
  const todo = findTodo(state, mutation.todo_id);
  if (!todo) return state;
  const listId = mutation.to_list ?? todo.list_id;
  const moved = { ...todo, list_id: listId, rank: rankFor(state, listId, mutation) };
  if (listId === todo.list_id) return putTodo(state, listId, todo.id, moved);
  // Labels and people belong to a list; what the other one does not know stays behind.
  const content = state.contents[listId];
  moved.labels = [];
  moved.parent_id = null;
  moved.assignees = content ? todo.assignees.filter((id) => content.members[id]) : [];
  return putTodo(putTodo(state, todo.list_id, todo.id, null), listId, todo.id, moved);
}

function changeThread(state, mutation, change, difference = 0) {
  const todo = findTodo(state, mutation.todo_id);
  if (!todo) return state;
  const after = difference
    ? putTodo(state, todo.list_id, todo.id, {
      ...todo,
      comment_count: Math.max(0, todo.comment_count + difference),
    })
    : state;
  const { comments } = after.contents[todo.list_id];
  const thread = comments[todo.id];
  if (!thread) return after;
  return putContent(after, todo.list_id, {
    comments: { ...comments, [todo.id]: { ...thread, byId: change(thread.byId) } },
  });
}

function addComment(state, mutation) {
  const { account } = state;
  const author = account && { id: account.id, name: account.name, avatar_url: account.avatar_url };
  const comment = {
    id: createdId(mutation),
    todo_id: mutation.todo_id,
    author,
    body: mutation.body,
    mentions: [],
    created_at: mutation.at,
    edited_at: null,
    pending: true,
  };
  const thread = state.contents[findTodo(state, mutation.todo_id)?.list_id]
    ?.comments[mutation.todo_id];
  if (thread?.byId[comment.id]) return state;
  return changeThread(state, mutation, (byId) => ({ ...byId, [comment.id]: comment }), 1);
}

function editComment(state, mutation) {
  return changeThread(
    state,
    mutation,
    (byId) => (byId[mutation.comment_id]
      ? {
        ...byId,
        [mutation.comment_id]: {
          ...byId[mutation.comment_id],
          body: mutation.body,
          edited_at: mutation.at,
        },
      }
      : byId),
  );
}

function changeLabels(state, mutation, change) {
  const content = state.contents[mutation.list_id];
  return content ? putContent(state, mutation.list_id, { labels: change(content.labels) }) : state;
}

function addLabel(state, mutation) {
  return changeLabels(state, mutation, (labels) => ({
    [createdId(mutation)]: {
      id: createdId(mutation),
      list_id: mutation.list_id,
      ...mutation.fields,
    },
    ...labels,
  }));
}

function editList(state, mutation) {
  const list = state.lists[mutation.list_id];
  if (!list) return state;
  const { archived, ...changes } = mutation.changes;
  const edited = { ...list, ...changes };
  if (archived !== undefined) edited.archived_at = archived ? mutation.at : null;
  return { ...state, lists: { ...state.lists, [list.id]: edited } };
}

function addReminder(state, mutation) {
  const reminder = {
    id: createdId(mutation),
    todo_id: mutation.todo_id,
    list_id: mutation.list_id,
    at: null,
    minutes_before: null,
    fires_at: mutation.fires_at ?? null,
    state: 'scheduled',
    sent_at: null,
    snoozed_until: null,
    detail: '',
    pending: true,
    ...mutation.fields,
  };
  return { ...state, reminders: { [reminder.id]: reminder, ...state.reminders } };
}

function markRead(state, mutation) {
  const held = state.notifications;
  const byId = readNotifications(held.byId, mutation, mutation.at);
  const left = (notifications) =>
    Object.values(notifications).filter((notification) => !notification.read_at).length;
  // `through` also reads older ones than we hold: what is unread then is what we see unread.
  const unread = mutation.through ? left(byId) : held.unread - left(held.byId) + left(byId);
  return { ...state, notifications: { byId, unread: Math.max(0, unread) } };
}

function snoozeReminder(state, mutation) {
  const reminder = state.reminders[mutation.reminder_id];
  if (!reminder) return state;
  const off = {
    ...reminder,
    state: 'scheduled',
    fires_at: mutation.until,
    snoozed_until: mutation.until,
    detail: '',
  };
  return { ...state, reminders: { ...state.reminders, [reminder.id]: off } };
}

/** @type {Record<string, (state: any, mutation: any) => any>} */
export const EFFECTS = {
  'todo.add': addTodo,
  'todo.edit': editTodo,
  'todo.complete': completeTodo,
  'todo.skip': endOccurrence,
  'todo.reopen': reopenTodo,
  'todo.delete': deleteTodo,
  'todo.restore': restoreTodo,
  'todo.move': moveTodo,
  'comment.add': addComment,
  'comment.edit': editComment,
  'comment.delete': (state, mutation) =>
    changeThread(state, mutation, (byId) => without(byId, mutation.comment_id), -1),
  'label.add': addLabel,
  'list.edit': editList,
  'reminder.add': addReminder,
  'notification.read': markRead,
  'reminder.snooze': snoozeReminder,
  'reminder.delete': (state, mutation) => ({
    ...state,
    reminders: without(state.reminders, mutation.reminder_id),
  }),
};
