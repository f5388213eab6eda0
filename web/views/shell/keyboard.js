// The keyboard. One letter does one thing to the row in focus, or to the todo that is open.

import { findTodo } from '../../sync/state.js';
import { byRank } from '../../sync/rank.js';
import { shorten } from '../../format/shorten.js';

const isMac = /Mac|iP/.test(navigator.platform);
/** The key beside the arrows, as this keyboard names it. */
export const ALT = isMac ? '⌥' : 'Alt+';

/** Shown by the help dialog; the order is that of a first day. */
export const KEYS = [
  ['q', 'Add a todo'],
  ['j k', 'Next, previous'],
  ['Enter', 'Open'],
  ['x', 'Tick'],
  ['e', 'Edit the title'],
  ['d', 'Due date'],
  ['r', 'Remind me'],
  ['p', 'Priority'],
  ['l', 'Labels'],
  ['a', 'Assign'],
  ['m', 'Move to a list'],
  ['Delete', 'Move to the trash'],
  [`${ALT}↑ ${ALT}↓`, 'Move up, down'],
  ['u', 'Undo'],
  ['/', 'Search'],
  ['n', 'Notifications'],
  [isMac ? '⌘K or Ctrl K' : 'Ctrl+K', 'Go anywhere'],
  ['Esc', 'Close'],
  ['?', 'This help'],
];

const MENUS = { d: 'due', r: 'reminder', p: 'priority', l: 'labels', a: 'assignees', m: 'move' };

const isTyping = (target) =>
  target.closest?.('input, textarea, select, [contenteditable]') !== null;

const rows = () => [...document.querySelectorAll('.row-open')];

/** @param {import('../../app.js').App} app */
export function startKeys(app) {
  document.addEventListener('keydown', (event) => {
    if (app.phase !== 'signed-in' || event.isComposing) return;
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      app.ui.openDialog({ kind: 'palette' });
    } else if (!app.ui.dialog && !app.ui.menu) {
      press(app, event);
    }
  });
}

function press(app, event) {
  if (event.key === 'Escape') return escape(app, event);
  if (isTyping(event.target) || event.metaKey || event.ctrlKey) return;
  const todo = current(app);
  if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
    event.preventDefault();
    if (todo) reorder(app, todo, event.key === 'ArrowUp' ? -1 : 1);
    return;
  }
  if (event.altKey) return;
  const handled = plainKey(app, event.key, todo, event.target);
  if (handled) event.preventDefault();
}

/** @returns {boolean} whether the key meant something */
function plainKey(app, key, todo, target) {
  switch (key) {
    case 'q':
      return focusQuickAdd();
    case '/':
      app.ui.openDialog({ kind: 'palette', searching: true });
      return true;
    case 'n':
      return openNotifications();
    case '?':
      app.ui.openDialog({ kind: 'help' });
      return true;
    case 'j':
    case 'ArrowDown':
      return step(1, target, key);
    case 'k':
    case 'ArrowUp':
      return step(-1, target, key);
    case 'u':
      undo(app);
      return true;
    default:
      return todo ? todoKey(app, key, todo) : false;
  }
}

function todoKey(app, key, todo) {
  if (MENUS[key]) {
    app.ui.openMenu({ kind: MENUS[key], anchor: anchorFor(todo.id), todoId: todo.id });
  } else if (key === 'x') tickAndGoOn(app, todo);
  else if (key === 'e') app.ui.set({ editing: todo.id });
  else if (key === 'Delete' || key === 'Backspace') removeWithUndo(app, todo);
  else return false;
  return true;
}

export function undo(app) {
  const what = app.actions.undo();
  app.ui.toast(what ? `Undone: ${what}.` : 'There is nothing to undo.');
}

/** Ticks a todo. It leaves its place: where its row had the focus, the one beside it takes over. */
function tickAndGoOn(app, todo) {
  const beside = document.activeElement.dataset?.todo === todo.id ? rowBeside(todo.id) : null;
  app.actions.tick(todo.id);
  beside?.focus();
}

/** The row after that of a todo, or before it when it is the last: where the hands go on. */
function rowBeside(todoId) {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.todo === todoId);
  return all[at + 1] ?? all[at - 1];
}

/** Deletes a todo; the row beside it takes the focus, so that the hands can go on. */
export function removeWithUndo(app, todo) {
  const beside = rowBeside(todo.id);
  app.actions.deleteTodo(todo.id);
  if (app.router.route.todoId === todo.id) app.router.openTodo(null);
  beside?.focus();
  app.ui.toast(`“${shorten(todo.title)}” is in the trash.`, {
    action: 'Undo',
    run: () => undo(app),
  });
}

function openNotifications() {
  const found = [...document.querySelectorAll('.bell')].find((button) => button.offsetParent);
  found?.click();
  return Boolean(found);
}

function focusQuickAdd() {
  const field = document.querySelector('ll-quick-add input');
  field?.focus();
  return Boolean(field);
}

function current(app) {
  const focused = document.activeElement?.closest?.('ll-todo-row')?.dataset.todo;
  const id = focused ?? app.router.route.todoId;
  return id ? findTodo(app.store.shown, app.store.realId(id)) : null;
}

const anchorFor = (todoId) =>
  rows().find((row) => row.dataset.todo === todoId) ?? document.querySelector('ll-todo-detail') ??
    document.body;

function step(distance, target, key) {
  const all = rows();
  // Arrow keys scroll the page unless a row has the focus.
  const at = all.indexOf(target.closest?.('ll-todo-row')?.querySelector('.row-open'));
  if (at < 0 && key.startsWith('Arrow')) return false;
  const next = at < 0 ? all[distance > 0 ? 0 : all.length - 1] : all[at + distance];
  next?.focus();
  return Boolean(next);
}

/** Moves a todo one place among the open ones beside it. */
export function reorder(app, todo, distance) {
  const siblings = Object.values(app.store.shown.contents[todo.list_id].todos)
    .filter((other) =>
      other.parent_id === todo.parent_id && !other.completed_at && other.status !== 'cancelled'
    ).sort(byRank);
  const neighbour = siblings[siblings.findIndex(({ id }) => id === todo.id) + distance];
  if (!neighbour) return;
  app.actions.moveTodo(
    todo.id,
    distance < 0 ? { before_id: neighbour.id } : { after_id: neighbour.id },
  );
}

function escape(app, event) {
  if (app.ui.drawer) app.ui.set({ drawer: false });
  else if (isTyping(event.target)) event.target.blur();
  else if (app.router.route.todoId) {
    const opener = rows().find((row) => row.dataset.todo === app.router.route.todoId);
    app.router.openTodo(null);
    opener?.focus();
  }
}
