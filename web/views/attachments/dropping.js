// Files that are dragged over a todo or its row, or pasted while one is open.

import { own } from '../../own.js';
import { may } from '../../store/queries.js';
import { findTodo } from '../../sync/state.js';

/**
 * @import { App } from '../../app.js'
 * @import { Todo } from '../../types/client.d.ts'
 * @import { Uploads } from './uploads.js'
 */

const OVER = 'is-file-over';

/**
 * @param {App} app
 * @param {Uploads} uploads
 */
export function takeFiles(app, uploads) {
  /** @type {Element | null} */
  let over = null;
  /** @param {Element | null} element */
  const highlight = (element) => {
    over?.classList.remove(OVER);
    element?.classList.add(OVER);
    over = element;
  };
  addEventListener('dragover', (event) => {
    if (!hasFiles(event.dataTransfer)) return;
    // Otherwise the browser would leave the page for the file.
    event.preventDefault();
    const [element, todo] = targetOf(app, event.target);
    if (event.dataTransfer) event.dataTransfer.dropEffect = todo ? 'copy' : 'none';
    highlight(todo ? element : null);
  });
  addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) highlight(null);
  });
  addEventListener('drop', (event) => {
    if (!hasFiles(event.dataTransfer)) return;
    event.preventDefault();
    highlight(null);
    const [, todo] = targetOf(app, event.target);
    if (!todo || !event.dataTransfer) return;
    uploads.add(todo.id, event.dataTransfer.files);
    if (app.router.route.todoId !== todo.id) app.router.openTodo(todo.id);
  });
  addEventListener('paste', (event) => {
    const files = event.clipboardData?.files;
    const todo = openTodo(app);
    if (!files?.length || !todo) return;
    event.preventDefault();
    uploads.add(todo.id, files);
  });
}

/** @param {DataTransfer | null} data */
const hasFiles = (data) => Boolean(data?.types.includes('Files'));

/**
 * @param {App} app
 * @param {EventTarget | null} target
 * @returns {[Element | null, Todo | null]}
 */
function targetOf(app, target) {
  const element = target instanceof Element ? target.closest('ll-todo-row, ll-todo-detail') : null;
  if (!element) return [null, null];
  if (element.localName === 'll-todo-detail') return [element, openTodo(app)];
  const { todo } = /** @type {Element & {props: {todo: Todo}}} */ (element).props;
  return [element, attachable(app, todo)];
}

/** @param {App} app */
function openTodo(app) {
  const { todoId } = app.router.route;
  return todoId ? attachable(app, findTodo(app.store.shown, app.store.realId(todoId))) : null;
}

/**
 * @param {App} app
 * @param {Todo | null | undefined} todo
 */
function attachable(app, todo) {
  const { shown } = app.store;
  return todo && own(shown.lists, todo.list_id) && may(shown, todo.list_id, 'attach_file')
    ? todo
    : null;
}
