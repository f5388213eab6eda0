// The menu of what a todo's status is beside done, and the ways to change it.

import { shorten } from '../../format/shorten.js';
import { t } from '../../languages/translate.js';
import { isOpen } from '../../sync/state.js';
import { h } from '../base/dom.js';
import { afterDrawing } from '../base/frame.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { item } from '../dialogs/menu_item.js';
import { goOn } from '../shell/keyboard.js';
import { focusTodo } from '../shell/row_navigation.js';
import { changeTodos, toastWithUndo } from '../shell/undo_toasts.js';
import { leaveRows, mayOnAll } from './selecting.js';
import { statuses } from './view_texts.js';

/**
 * @import { App } from '../../app.js'
 * @import { Todo } from '../../types/client.d.ts'
 * @import { IconName } from '../base/icons.js'
 * @import { TodoMenuProps } from '../dialogs/todo_menus.js'
 */

/**
 * Completing has a way of its own: of a todo that repeats it ends one occurrence.
 * @type {[Exclude<Todo['status'], 'completed'>, IconName][]}
 */
const CHOICES = [['pending', 'subtasks'], ['in_progress', 'clock'], ['cancelled', 'close']];

/** @param {Todo['status']} status */
export const statusName = (status) => status === 'cancelled' ? t('Won’t do') : statuses()[status];

/** @extends {View<TodoMenuProps>} */
export class StatusMenu extends View {
  render() {
    const { todos: all, onDone } = this.props;
    // The details of a todo that will not be done open the menu, too.
    const todos = all.some(isOpen) ? all.filter(isOpen) : all;
    return [
      h('div', { class: 'menu-title' }, t('Status')),
      CHOICES.map(([status, name]) =>
        item(icon(name), statusName(status), () => {
          onDone();
          setStatus(this.app, todos, status);
        }, { checked: isAll(todos, status) })
      ),
    ];
  }
}

/**
 * Set the status of one todo, or of several as one change that can be undone.
 * @param {App} app
 * @param {readonly Todo[]} todos
 * @param {Exclude<Todo['status'], 'completed'>} status
 */
export function setStatus(app, todos, status) {
  if (!mayOnAll(app, todos, 'edit_todo')) return;
  const [todo, another] = todos;
  const change = () => changeTodos(app, todos, () => ({ status }));
  const title = shorten(todo.title);
  if (status !== 'cancelled') {
    const row = document.activeElement?.closest('ll-todo-row')?.dataset.todo;
    change();
    // A list that is grouped by status puts the row elsewhere.
    if (row) afterDrawing(() => focusTodo(row));
    if (!another) app.ui.set({ said: `${title}: ${statusName(status)}` });
    return;
  }
  // They go to the finished ones, which a list folds away.
  if (another) leaveRows(app, todos, change);
  else {
    goOn(todo, change);
    toastWithUndo(app, t('“{title}” will not be done.', { title }));
  }
}

/**
 * @param {readonly Todo[]} todos
 * @param {Todo['status']} status
 */
const isAll = (todos, status) => todos.length > 0 && todos.every((todo) => todo.status === status);

/** @param {readonly Todo[]} todos */
const areInProgress = (todos) => isAll(todos.filter(isOpen), 'in_progress');

/**
 * Mark the open ones of the todos as in progress, or as not begun if all are. What is finished
 * stays so: its circle reopens it.
 * @param {App} app
 * @param {readonly Todo[]} todos
 */
export const toggleProgress = (app, todos) =>
  setStatus(app, todos.filter(isOpen), areInProgress(todos) ? 'pending' : 'in_progress');

/**
 * Say what toggleProgress() does.
 * @param {readonly Todo[]} todos
 */
export const progressText = (todos) =>
  areInProgress(todos) ? t('Mark as not begun') : t('Mark as in progress');

customElements.define('ll-status-menu', StatusMenu);
