// Selecting todos of the page, and what is done to all of them at once: by mouse, finger and key.

import { tn } from '../../languages/translate.js';
import {
  completeTodos,
  deleteTodos,
  editTodos,
  moveTodos,
  reopenTodos,
} from '../../store/bulk_edits.js';
import { canEdit, may } from '../../store/queries.js';
import { extended, retained, toggled } from '../../store/selection.js';
import { NO_SELECTION } from '../../store/ui_state.js';
import { findTodo, isOpen } from '../../sync/state.js';
import { focusTodo, pageIds, shownIds, todoBeside } from '../shell/row_navigation.js';
import { toastWithUndo } from '../shell/undo_toasts.js';

/**
 * @import { App } from '../../app.js'
 * @import { Menu, Todo, TodoChanges, TodoMenuKind } from '../../types/client.d.ts'
 * @import { Action } from '../../store/policy.js'
 */

/**
 * Return the selected todos that are still there.
 * @param {App} app
 */
export const selectedTodos = ({ ui, store }) =>
  [...ui.selection.ids].flatMap((id) => findTodo(store.shown, id) ?? []);

/** @param {App} app @param {string} id */
function isSelectable({ store }, id) {
  const todo = findTodo(store.shown, id);
  return todo !== null && canEdit(store.shown, todo.list_id);
}

/** @param {App} app @param {string} id */
export function toggleSelected(app, id) {
  if (isSelectable(app, id)) app.ui.set({ selection: toggled(app.ui.selection, id) });
}

/**
 * Select all todos whose rows the page shows.
 * @param {App} app
 */
export function selectAll(app) {
  const ids = new Set(pageIds().filter((id) => isSelectable(app, id)));
  if (ids.size > 0) app.ui.set({ selection: { ids, anchor: null, base: ids } });
}

/** @param {App} app @param {string} id */
export function extendTo(app, id) {
  if (!isSelectable(app, id)) return;
  const order = shownIds().filter((each) => isSelectable(app, each));
  app.ui.set({ selection: extended(app.ui.selection, order, id) });
  // The browser takes Shift+click for a selection of text.
  getSelection()?.removeAllRanges();
}

/**
 * Select by a click on a row, or by Enter on it; with Shift all from the one before.
 * @param {App} app
 * @param {string} id
 * @param {MouseEvent} [event]
 */
export function selectByClick(app, id, event) {
  if (event?.shiftKey) extendTo(app, id);
  else toggleSelected(app, id);
}

/**
 * Take what is not on the page any more out of the selection.
 * @param {App} app
 */
export function retainShown({ ui }) {
  const selection = retained(ui.selection, new Set(shownIds()));
  if (selection !== ui.selection) ui.set({ selection });
}

/**
 * End the selection. The focus goes to the row where it began.
 * @param {App} app
 */
export function clearSelection({ ui }) {
  const { ids, anchor } = ui.selection;
  const row = anchor ?? shownIds().find((id) => ids.has(id)) ?? null;
  ui.set({ selection: NO_SELECTION });
  focusTodo(row);
}

/**
 * Return true if the user may do this to all of the todos.
 * @param {App} app
 * @param {readonly Todo[]} todos
 * @param {Action} action
 */
export const mayOnAll = ({ store }, todos, action) =>
  todos.length > 0 && todos.every(({ list_id: id }) => may(store.shown, id, action));

/**
 * Return true if a menu is about what all of the todos have: members are of one list, and labels of
 * one list or of the user.
 * @param {App} app
 * @param {readonly Todo[]} todos
 * @param {TodoMenuKind} kind
 */
export function isOffered(app, todos, kind) {
  if (!mayOnAll(app, todos, 'edit_todo')) return false;
  if (kind === 'move') return !app.guest;
  if (kind === 'status') return todos.some(isOpen);
  if (kind !== 'labels' && kind !== 'assignees') return true;
  const [{ list_id: listId }] = todos;
  if (kind === 'assignees' && app.store.shown.lists[listId]?.is_inbox) return false;
  if (kind === 'labels' && mayOnAll(app, todos, 'label_privately')) return true;
  return todos.every(({ list_id: id }) => id === listId);
}

/**
 * @param {App} app
 * @param {TodoMenuKind} kind
 * @param {Element} anchor
 * @param {Menu['at']} [at]
 */
export function openMenuForAll(app, kind, anchor, at) {
  const todos = selectedTodos(app);
  if (!isOffered(app, todos, kind)) return;
  const todoIds = todos.map(({ id }) => id);
  app.ui.openMenu({ kind, anchor, at, todoId: todoIds[0], todoIds });
}

/**
 * Change several todos as one change that can be undone.
 * @param {App} app
 * @param {readonly Todo[]} todos
 * @param {(todo: Todo) => TodoChanges} changesOf
 */
export function changeAll(app, todos, changesOf) {
  if (!app.actions) return;
  editTodos(app.actions, todos, changesOf);
  toastWithUndo(app, tn(todos.length, '{count} todo was changed.', '{count} todos were changed.'));
}

/**
 * Do what takes the selected todos out of the page, and end the selection. The row after them, or
 * before them, gets the focus.
 * @param {App} app
 * @param {readonly Todo[]} todos
 * @param {() => void} work
 */
export function leaveRows(app, todos, work) {
  const leaving = new Set(todos.map(({ id }) => id));
  const beside = todoBeside(shownIds().findLast((id) => leaving.has(id)) ?? '', leaving);
  work();
  const { todoId } = app.router.route;
  if (todoId && leaving.has(app.store.realId(todoId)) && !app.actions?.find(todoId)) {
    app.router.openTodo(null);
  }
  app.ui.set({ selection: NO_SELECTION });
  focusTodo(beside);
}

/**
 * Complete the selected todos, or reopen them if all are done.
 * @param {App} app
 */
export function tickSelected(app) {
  const { actions } = app;
  const todos = selectedTodos(app);
  if (!actions || !mayOnAll(app, todos, 'edit_todo')) return;
  const count = todos.filter(isOpen).length;
  leaveRows(app, todos, () => {
    if (count > 0) completeTodos(actions, todos);
    else reopenTodos(actions, todos);
  });
  toastWithUndo(
    app,
    count > 0
      ? tn(count, '{count} todo is done.', '{count} todos are done.')
      : tn(todos.length, '{count} todo is open again.', '{count} todos are open again.'),
  );
}

/** @param {App} app */
export function removeSelected(app) {
  const { actions } = app;
  const todos = selectedTodos(app);
  if (!actions || !mayOnAll(app, todos, 'delete_todo')) return;
  leaveRows(app, todos, () => deleteTodos(actions, todos));
  toastWithUndo(
    app,
    tn(todos.length, '{count} todo is in the trash.', '{count} todos are in the trash.'),
  );
}

/**
 * Move several todos to another list, in the order in which the page shows them.
 * @param {App} app
 * @param {readonly Todo[]} todos
 * @param {string} listId
 */
export function moveAllWithUndo(app, todos, listId) {
  const { actions, store } = app;
  const moved = todos.filter(({ list_id: from }) => from !== listId);
  if (!actions || moved.length === 0) return;
  const order = new Map(shownIds().map((id, at) => [id, at]));
  const inOrder = moved.toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
  leaveRows(app, moved, () => moveTodos(actions, inOrder, listId));
  const list = store.shown.lists[listId];
  toastWithUndo(
    app,
    list?.is_inbox
      ? tn(moved.length, '{count} todo is in the Inbox.', '{count} todos are in the Inbox.')
      : tn(moved.length, '{count} todo is in “{list}”.', '{count} todos are in “{list}”.', {
        list: list?.name ?? '',
      }),
  );
}
