// The keyboard: one letter does one thing to the row in focus, or to the todo that is open.

import { shorten } from '../../format/shorten.js';
import { byRank } from '../../sync/rank.js';
import { findTodo } from '../../sync/state.js';

/**
 * @import { App } from '../../app.js'
 * @import { Todo, TodoMenuKind } from '../../types/client.d.ts'
 */

const isMac = /Mac|iP/.test(navigator.platform);
/** The key beside the arrows, as this keyboard names it. */
export const ALT = isMac ? '⌥' : 'Alt+';

/** What the help dialog shows, in the order in which a new user needs it. */
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

/** @type {Record<string, TodoMenuKind>} */
const MENUS = { d: 'due', r: 'reminder', p: 'priority', l: 'labels', a: 'assignees', m: 'move' };

/** @param {KeyboardEvent} event */
const targetOf = (event) => event.target instanceof HTMLElement ? event.target : document.body;

/** @param {Element} target */
const isTyping = (target) => target.closest('input, textarea, select, [contenteditable]') !== null;

/** @returns {HTMLElement[]} the buttons of all rows that open their todo */
const rows = () =>
  [...document.querySelectorAll('.row-open')].filter((row) => row instanceof HTMLElement);

/** @param {string | null} todoId */
const rowOf = (todoId) => rows().find((row) => row.dataset.todo === todoId);

/** @param {App} app */
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

/**
 * @param {App} app
 * @param {KeyboardEvent} event
 */
function press(app, event) {
  const target = targetOf(event);
  if (event.key === 'Escape') {
    escape(app, target);
    return;
  }
  if (isTyping(target) || event.metaKey || event.ctrlKey) return;
  const todo = currentTodo(app);
  if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
    event.preventDefault();
    if (todo) reorder(app, todo, event.key === 'ArrowUp' ? -1 : 1);
    return;
  }
  if (event.altKey) return;
  if (pageKey(app, event.key, target) || (todo && todoKey(app, event.key, todo))) {
    event.preventDefault();
  }
}

/**
 * Handle a key that needs no todo. Return true if it has a meaning.
 * @param {App} app
 * @param {string} key
 * @param {HTMLElement} target
 */
function pageKey(app, key, target) {
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
      return false;
  }
}

/**
 * Handle a key that does something to a todo. Return true if it has a meaning.
 * @param {App} app
 * @param {string} key
 * @param {Todo} todo
 */
function todoKey(app, key, todo) {
  if (MENUS[key]) {
    app.ui.openMenu({ kind: MENUS[key], anchor: anchorFor(todo.id), todoId: todo.id });
  } else if (key === 'x') tickAndGoOn(app, todo);
  else if (key === 'e') app.ui.set({ editing: todo.id });
  else if (key === 'Delete' || key === 'Backspace') removeWithUndo(app, todo);
  else return false;
  return true;
}

/** @param {App} app */
export function undo(app) {
  const done = app.actions?.undo();
  app.ui.toast(done ? `Undone: ${done}.` : 'There is nothing to undo.');
}

/**
 * Tick a todo. Its row moves: if it had the focus, the row beside it takes the focus over.
 * @param {App} app
 * @param {Todo} todo
 */
function tickAndGoOn(app, todo) {
  const focused = document.activeElement;
  const isFocused = focused instanceof HTMLElement && focused.dataset.todo === todo.id;
  const beside = isFocused ? rowBeside(todo.id) : null;
  app.actions?.tick(todo.id);
  beside?.focus();
}

/**
 * Return the row after that of a todo, or before it when it is the last.
 * @param {string} todoId
 * @returns {HTMLElement | undefined}
 */
function rowBeside(todoId) {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.todo === todoId);
  return all[at + 1] ?? all[at - 1];
}

/**
 * Delete a todo; the row beside it takes the focus, so that the keys go on from there.
 * @param {App} app
 * @param {Todo} todo
 */
export function removeWithUndo(app, todo) {
  const beside = rowBeside(todo.id);
  app.actions?.deleteTodo(todo.id);
  if (app.router.route.todoId === todo.id) app.router.openTodo(null);
  beside?.focus();
  app.ui.toast(`“${shorten(todo.title)}” is in the trash.`, {
    action: 'Undo',
    run: () => undo(app),
  });
}

function openNotifications() {
  const visible = [...document.querySelectorAll('.bell')]
    .find((bell) => bell instanceof HTMLElement && bell.offsetParent !== null);
  if (visible instanceof HTMLElement) visible.click();
  return Boolean(visible);
}

function focusQuickAdd() {
  const field = document.querySelector('ll-quick-add')?.querySelector('input');
  field?.focus();
  return Boolean(field);
}

/**
 * Return the todo of the row in focus, or else the one that is open.
 * @param {App} app
 */
function currentTodo(app) {
  const focused = document.activeElement?.closest('ll-todo-row')?.dataset.todo;
  const id = focused ?? app.router.route.todoId;
  return id ? findTodo(app.store.shown, app.store.realId(id)) : null;
}

/** @param {string} todoId */
const anchorFor = (todoId) =>
  rowOf(todoId) ?? document.querySelector('ll-todo-detail') ?? document.body;

/**
 * Move the focus to another row. Return false if there is none, or if the key is for scrolling.
 * @param {number} distance
 * @param {HTMLElement} target
 * @param {string} key
 */
function step(distance, target, key) {
  const all = rows();
  const row = target.closest('ll-todo-row');
  const at = all.findIndex((button) => row?.contains(button));
  // Arrow keys scroll the page unless a row has the focus.
  if (at < 0 && key.startsWith('Arrow')) return false;
  const next = at < 0 ? all.at(distance > 0 ? 0 : -1) : all[at + distance];
  next?.focus();
  return Boolean(next);
}

/**
 * Move a todo one place among the open ones beside it.
 * @param {App} app
 * @param {Todo} todo
 * @param {1 | -1} distance
 */
export function reorder(app, todo, distance) {
  const siblings = Object.values(app.store.shown.contents[todo.list_id].todos)
    .filter((other) =>
      other.parent_id === todo.parent_id && !other.completed_at && other.status !== 'cancelled'
    ).sort(byRank);
  const neighbour = siblings[siblings.findIndex(({ id }) => id === todo.id) + distance];
  if (!neighbour) return;
  app.actions?.moveTodo(
    todo.id,
    distance < 0 ? { before_id: neighbour.id } : { after_id: neighbour.id },
  );
}

/**
 * @param {App} app
 * @param {HTMLElement} target
 */
function escape(app, target) {
  if (app.ui.drawer) app.ui.set({ drawer: false });
  else if (isTyping(target)) target.blur();
  else if (app.router.route.todoId) {
    const opener = rowOf(app.router.route.todoId);
    app.router.openTodo(null);
    opener?.focus();
  }
}
