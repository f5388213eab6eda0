// The keys that select todos of the page, and those that do something to all selected ones.

import { duplicateTodo, duplicateTodos } from '../tools/duplicating.js';
import {
  extendTo,
  openMenuForAll,
  removeSelected,
  selectedTodos,
  tickSelected,
  toggleSelected,
} from '../tools/selecting.js';
import { toggleProgress } from '../tools/status_menu.js';
import { openButtonOf, step } from './row_navigation.js';
import { isSelecting } from './tools_loading.js';

/**
 * @import { App } from '../../app.js'
 * @import { Todo, TodoMenuKind } from '../../types/client.d.ts'
 */

/** @type {Record<string, TodoMenuKind>} */
const MENUS = { d: 'due', p: 'priority', l: 'labels', a: 'assignees', m: 'move' };

/**
 * Handle a key that selects, or does something to what is selected. Return true if it has a
 * meaning.
 * @param {App} app
 * @param {KeyboardEvent} event
 * @param {HTMLElement} target
 * @param {Todo | null} todo the one in focus
 */
export function selectionKey(app, { key, shiftKey }, target, todo) {
  if (shiftKey && (key === 'ArrowDown' || key === 'ArrowUp')) {
    return todo !== null && target.closest('ll-todo-row') !== null &&
      extendByKey(app, todo, key === 'ArrowDown' ? 1 : -1, target);
  }
  if (key === 'D' && isSelecting(app)) {
    duplicateTodos(app, selectedTodos(app));
    return true;
  }
  if (todo && key === 'D') {
    duplicateTodo(app, todo);
    return true;
  }
  if (todo && (key === 'X' || (key === 'x' && isSelecting(app)))) {
    toggleSelected(app, todo.id);
    return true;
  }
  if (key === 'i' && (todo || isSelecting(app))) {
    toggleProgress(app, isSelecting(app) || !todo ? selectedTodos(app) : [todo]);
    return true;
  }
  if (!isSelecting(app)) return false;
  if (Object.hasOwn(MENUS, key)) {
    const anchor = openButtonOf(todo?.id ?? null) ?? document.querySelector('ll-selection-bar');
    if (anchor) openMenuForAll(app, MENUS[key], anchor);
  } else if (key === 'c') tickSelected(app);
  else if (key === 'Delete' || key === 'Backspace') removeSelected(app);
  else return false;
  return true;
}

/**
 * Select from the row in focus to the one above or below it, which gets the focus.
 * @param {App} app
 * @param {Todo} todo
 * @param {1 | -1} distance
 * @param {HTMLElement} target
 */
function extendByKey(app, todo, distance, target) {
  if (app.ui.selection.anchor === null) toggleSelected(app, todo.id);
  if (!step(distance, target)) return true;
  const next = document.activeElement?.closest('ll-todo-row')?.dataset.todo;
  if (next) extendTo(app, next);
  return true;
}
