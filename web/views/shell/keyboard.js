// The keyboard: one letter does one thing to the row in focus, or to the todo that is open.

import { may, siblingsOf } from '../../store/queries.js';
import { own } from '../../own.js';
import { message, t } from '../../languages/translate.js';
import { findTodo } from '../../sync/state.js';
import { afterDrawing } from '../base/frame.js';
import { focusQuickAdd } from './focus_quick_add.js';
import {
  focusTodo,
  isWindowed,
  jump,
  listOnPage,
  openButtonOf,
  sortableRows,
  step,
  todoBeside,
} from './row_navigation.js';
import { isSelecting, pageTools, withTools } from './tools_loading.js';
import { removeWithUndo, sayOrderIsFixed, undo } from './undo_toasts.js';

/**
 * @import { App } from '../../app.js'
 * @import { Todo, TodoMenuKind } from '../../types/client.d.ts'
 * @import { Action } from '../../store/policy.js'
 */

export const isMac = /Mac|iP/.test(navigator.platform);
/** The key beside the arrows, as this keyboard names it. */
export const ALT = isMac ? '⌥' : 'Alt+';

/** The keys that find text in the page. */
export const FIND = isMac ? '⌘F' : message('Ctrl+F');

/** @type {Record<string, TodoMenuKind>} */
const MENUS = { d: 'due', r: 'reminder', p: 'priority', l: 'labels', a: 'assignees', m: 'move' };
/** What every member may do, for themselves. @type {Record<string, Action>} */
const PRIVATE = { r: 'set_reminder', l: 'label_privately' };

/** @param {KeyboardEvent} event */
const targetOf = (event) => event.target instanceof HTMLElement ? event.target : document.body;

/** @param {Element} target */
const isTyping = (target) => target.closest('input, textarea, select, [contenteditable]') !== null;

/** @param {App} app */
export function startKeys(app) {
  document.addEventListener('keydown', (event) => {
    if (app.phase !== 'signed-in') return;
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      openPalette(app);
    } else if (isControl(event, 'f') && !app.ui.dialog && isWindowed()) {
      // The browser finds only what is in the document, which is a part of a long list. Pressed
      // again, in the dialog, the key is the browser's.
      event.preventDefault();
      app.ui.openDialog({ kind: 'palette', searching: true, listId: listOnPage(app) });
    } else if (!app.ui.dialog && !app.ui.menu) {
      press(app, event);
    }
  });
}

/**
 * Open the palette, with what can be done to the todo in focus and the list of the page.
 * @param {App} app
 * @param {boolean} [searching] whether todos come before all else
 */
export function openPalette(app, searching = false) {
  const [todoId, pageListId] = [currentTodo(app)?.id, listOnPage(app)];
  app.ui.openDialog({ kind: 'palette', searching, todoId, pageListId });
}

/**
 * Return true for Ctrl, or ⌘ on a Mac, with a letter.
 * @param {KeyboardEvent} event
 * @param {string} letter
 */
const isControl = (event, letter) =>
  event.key.toLowerCase() === letter && !event.shiftKey && !event.altKey &&
  (isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey);

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
  if (isTyping(target)) return;
  if (isControl(event, 'z')) {
    event.preventDefault();
    if (!event.repeat) undo(app);
  }
  if (event.metaKey || event.ctrlKey) return;
  const todo = currentTodo(app);
  if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
    event.preventDefault();
    if (todo && may(app.store.shown, todo.list_id, 'edit_todo')) {
      reorder(app, todo, event.key === 'ArrowUp' ? -1 : 1);
    }
    return;
  }
  const tool = event.altKey && todo ? levelTool(event.key, todo, target) : null;
  if (todo && tool && may(app.store.shown, todo.list_id, 'edit_todo')) {
    event.preventDefault();
    withTools(app, (tools) => tools[tool](app, todo));
  }
  // A key that is held down undoes one change.
  if (event.altKey || (event.repeat && event.key === 'u')) return;
  if (selectionKey(app, event, target, todo)) {
    event.preventDefault();
    return;
  }
  if (pageKey(app, event.key, target) || (todo && todoKey(app, event.key, todo))) {
    event.preventDefault();
  }
}

/**
 * Handle a key that selects, or does something to what is selected. Return true if it has a
 * meaning.
 * @param {App} app
 * @param {KeyboardEvent} event
 * @param {HTMLElement} target
 * @param {Todo | null} todo
 */
function selectionKey(app, event, target, todo) {
  const tools = pageTools();
  if (tools) return tools.selectionKey(app, event, target, todo);
  const { key, shiftKey } = event;
  const isRange = shiftKey && (key === 'ArrowDown' || key === 'ArrowUp') && isOnRow(target);
  if (!todo || !(isRange || /^[XDi]$/.test(key))) return false;
  withTools(app, ({ selectionKey: select }) => select(app, event, target, todo));
  return true;
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
      focusQuickAdd(app);
      return true;
    case '/':
      openPalette(app, true);
      return true;
    case 'n':
      return openNotifications();
    case '?':
      app.ui.openDialog({ kind: 'help' });
      return true;
    case 'j':
      return step(1, target);
    case 'k':
      return step(-1, target);
    // These scroll the page unless a row has the focus.
    case 'ArrowDown':
      return isOnRow(target) && step(1, target);
    case 'ArrowUp':
      return isOnRow(target) && step(-1, target);
    case 'Home':
    case 'End':
    case 'PageDown':
    case 'PageUp':
      return jump(key, target);
    case 'v':
      return openView();
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
  // Every member may set reminders, and use labels of their own; without the right to edit, the
  // other keys mean nothing.
  const { shown } = app.store;
  const isPrivate = own(PRIVATE, key) && may(shown, todo.list_id, PRIVATE[key]);
  if (!isPrivate && !(key !== 'r' && may(shown, todo.list_id, 'edit_todo'))) return false;
  const menu = own(MENUS, key);
  if (menu) {
    app.ui.openMenu({ kind: menu, anchor: anchorFor(todo.id), todoId: todo.id });
  } else if (key === 'x') tickAndGoOn(app, todo);
  else if (key === 'e') app.ui.set({ editing: todo.id });
  else if (key === 'Delete' || key === 'Backspace') removeWithUndo(app, todo);
  else return false;
  return true;
}

/** @type {(app: App, todo: Todo) => void} */
export const tickAndGoOn = (app, todo) => goOn(todo, () => app.actions?.tick(todo.id));

/**
 * Do what moves the row of a todo: if it had the focus, the row beside it takes the focus over.
 * @param {Todo} todo
 * @param {() => void} work
 */
export function goOn(todo, work) {
  const focused = document.activeElement;
  const isFocused = focused instanceof HTMLElement && focused.dataset.todo === todo.id;
  const beside = isFocused ? todoBeside(todo.id) : null;
  work();
  focusTodo(beside);
}

function openView() {
  const button = document.querySelector('.view-button');
  if (button instanceof HTMLElement) button.click();
  return button !== null;
}

function openNotifications() {
  const visible = [...document.querySelectorAll('.bell')]
    .find((bell) => bell instanceof HTMLElement && bell.offsetParent !== null);
  if (visible instanceof HTMLElement) visible.click();
  return Boolean(visible);
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
export const anchorFor = (todoId) =>
  openButtonOf(todoId) ?? document.querySelector('ll-todo-detail') ?? document.body;

/**
 * Return the tool that moves a todo a level down or up. Alt+← of other todos is the browser's: it
 * goes back.
 * @param {string} key
 * @param {Todo} todo
 * @param {Element} target
 */
function levelTool(key, todo, target) {
  if (!target.closest('ll-todo-row, ll-todo-detail')) return null;
  if (key === 'ArrowRight') return todo.parent_id ? null : 'indent';
  return key === 'ArrowLeft' && todo.parent_id ? 'outdent' : null;
}

/** @param {Element} target */
const isOnRow = (target) => target.closest('ll-todo-row') !== null;

/**
 * Move a todo one place among the open ones beside it.
 * @param {App} app
 * @param {Todo} todo
 * @param {1 | -1} distance
 */
export function reorder(app, todo, distance) {
  const rows = sortableRows(todo.id);
  if (rows?.props.fixedOrder) {
    sayOrderIsFixed(app);
    return;
  }
  // Without a row it is a subtask, or beside a page of another list.
  const shown = rows?.todos ?? siblingsOf(app.store.shown, todo);
  // A row that was just completed may still be on screen.
  const siblings = shown.filter(({ id }) => app.actions?.find(id)?.status === todo.status);
  const at = siblings.findIndex(({ id }) => id === todo.id) + distance;
  const neighbour = siblings[at];
  if (!neighbour) return;
  app.actions?.moveTodo(
    todo.id,
    distance < 0 ? { before_id: neighbour.id } : { after_id: neighbour.id },
  );
  const position = { position: at + 1, count: siblings.length };
  const said = t('“{title}” is now {position} of {count}.', { title: todo.title, ...position });
  app.ui.set({ said });
  // The row that moves may leave the view.
  if (document.activeElement === openButtonOf(todo.id)) afterDrawing(() => focusTodo(todo.id));
}

/**
 * @param {App} app
 * @param {HTMLElement} target
 */
function escape(app, target) {
  if (app.ui.drawer) app.ui.set({ drawer: false });
  else if (isTyping(target)) target.blur();
  else if (isSelecting(app)) pageTools()?.clearSelection(app);
  else if (app.router.route.todoId) {
    const opener = app.store.realId(app.router.route.todoId);
    app.router.openTodo(null);
    focusTodo(opener);
  }
}
