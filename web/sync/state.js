// The confirmed state: only what snapshots and events said, in the order of their sequence. Pure,
// never changed in place: whoever holds an old state may compare it by identity.
//
//   account      AccountShape | null
//   lists        {id: MyListShape}           invitations {id}      reminders {id}
//   notifications      {byId: {id}, unread}        preferences PreferencesShape | null
//   contents     {list_id: {members: {user_id}, labels: {id}, todos: {id},
//                           comments: {todo_id: {loaded, byId, gone}}}}
//   streams      {name: {epoch, seq}}        a list's id, or user:<id>
//   leftLists     {list_id: {name, reason}}   lists we were in, to say so plainly

/** @returns {any} */
export function emptyState() {
  return {
    account: null,
    lists: {},
    invitations: {},
    reminders: {},
    notifications: { byId: {}, unread: 0 },
    preferences: null,
    contents: {},
    streams: {},
    leftLists: {},
  };
}

export const userStream = (userId) => `user:${userId}`;

export const isOpen = (todo) =>
  Boolean(todo) && !todo.deleted_at && (todo.status === 'pending' || todo.status === 'in_progress');

export function without(record, key) {
  if (!(key in record)) return record;
  const { [key]: _gone, ...rest } = record;
  return rest;
}

const byId = (items) => Object.fromEntries(items.map((item) => [item.id, item]));

/** Takes over a whole AccountSnapshot; keeps the contents of lists that are still ours. */
export function takeAccountSnapshot(state, snapshot) {
  const lists = byId(snapshot.lists);
  const streams = { [snapshot.stream.list_id]: position(snapshot.stream) };
  const contents = {};
  for (const list of snapshot.lists) {
    const held = state.streams[list.id];
    // Contents of another epoch belong to a history that never happened.
    const keep = held && held.epoch === list.stream.epoch && state.contents[list.id];
    if (keep) contents[list.id] = keep;
    streams[list.id] = keep ? held : position(list.stream);
  }
  return {
    ...state,
    account: snapshot.account,
    lists,
    invitations: byId(snapshot.invitations),
    reminders: byId(snapshot.reminders),
    notifications: {
      byId: byId(snapshot.notifications.items),
      unread: snapshot.notifications.unread_count,
    },
    preferences: snapshot.preferences,
    contents,
    streams,
    leftLists: Object.fromEntries(Object.entries(state.leftLists).filter(([id]) => !(id in lists))),
  };
}

/** Takes over a ListSnapshot whose pages were joined; the position is that of the first page. */
export function takeListSnapshot(state, snapshot) {
  const id = snapshot.list.id;
  return {
    ...state,
    lists: { ...state.lists, [id]: snapshot.list },
    leftLists: without(state.leftLists, id),
    streams: { ...state.streams, [id]: position(snapshot.stream) },
    contents: {
      ...state.contents,
      [id]: {
        members: Object.fromEntries(snapshot.members.map((member) => [member.user.id, member])),
        labels: byId(snapshot.labels),
        todos: byId(snapshot.todos),
        // Comments are not part of a snapshot: what was open is asked for again.
        comments: {},
      },
    },
  };
}

/** Notes that a todo's comments are being fetched, so that events meanwhile are kept. */
export function openComments(state, listId, todoId) {
  const content = state.contents[listId];
  if (!content || content.comments[todoId]) return state;
  return putContent(state, listId, {
    comments: { ...content.comments, [todoId]: { loaded: false, byId: {}, gone: {} } },
  });
}

/** Joins fetched comments with what events said while the answer was on its way. */
export function takeComments(state, listId, todoId, items) {
  const content = state.contents[listId];
  const thread = content?.comments[todoId];
  if (!thread) return state;
  const fetched = byId(items.filter((item) => !thread.gone[item.id]));
  return putContent(state, listId, {
    comments: {
      ...content.comments,
      [todoId]: { loaded: true, byId: { ...fetched, ...thread.byId }, gone: {} },
    },
  });
}

export function putContent(state, listId, changes) {
  const content = { ...state.contents[listId], ...changes };
  return { ...state, contents: { ...state.contents, [listId]: content } };
}

/** Replaces a todo (null: takes it away) and keeps the list's open count true. */
export function putTodo(state, listId, todoId, todo) {
  const content = state.contents[listId];
  if (!content) return state;
  const before = content.todos[todoId];
  const todos = todo ? { ...content.todos, [todoId]: todo } : without(content.todos, todoId);
  return addOpen(
    putContent(state, listId, { todos }),
    listId,
    Number(isOpen(todo)) - Number(isOpen(before)),
  );
}

export function addOpen(state, listId, difference) {
  const list = state.lists[listId];
  if (!list || difference === 0) return state;
  const openCount = Math.max(0, list.open_count + difference);
  return { ...state, lists: { ...state.lists, [listId]: { ...list, open_count: openCount } } };
}

/** What a snapshot holds of what we were told; older ones stay on the server. */
export const NEWEST_NOTIFICATIONS = 50;

/** Tells whether some were taken away from `before` so that older ones are among the newest now. */
export function lacksNotifications(before, after) {
  const held = Object.values(after.byId);
  if (held.length >= NEWEST_NOTIFICATIONS) return false;
  const unread = held.filter((notification) => !notification.read_at).length;
  return Object.keys(before.byId).length >= NEWEST_NOTIFICATIONS || after.unread > unread;
}

/** Forgets a list we may no longer see, and remembers its name to say so. */
export function leaveList(state, listId, reason) {
  const list = state.lists[listId];
  if (!list && !state.contents[listId]) {
    return { ...state, streams: without(state.streams, listId) };
  }
  return {
    ...state,
    lists: without(state.lists, listId),
    contents: without(state.contents, listId),
    streams: without(state.streams, listId),
    reminders: Object.fromEntries(
      Object.entries(state.reminders).filter(([, reminder]) => reminder.list_id !== listId),
    ),
    leftLists: { ...state.leftLists, [listId]: { name: list?.name ?? '', reason } },
  };
}

/** Finds a todo by id in whichever list holds it. */
export function findTodo(state, todoId) {
  for (const content of Object.values(state.contents)) {
    if (content.todos[todoId]) return content.todos[todoId];
  }
  return null;
}

const position = ({ epoch, seq }) => ({ epoch, seq });
