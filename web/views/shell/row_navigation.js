// The focus among the rows of the page, over all its lists and also where rows are not in the
// document because they are far from the view.

import { inboxOf } from '../../store/queries.js';
import { scrollerOf, viewOf } from '../base/scroll_anchor.js';

/**
 * @import { App } from '../../app.js'
 * @import { TodoList } from '../components/todo_list.js'
 * @typedef {{list: TodoList, index: number}} Place a row, by its index in its list
 */

/**
 * Return the lists of rows on the page, from top to bottom.
 * @returns {TodoList[]}
 */
const lists = () => [...document.querySelectorAll('ll-todo-list')];

/**
 * Return the lists among whose rows the focus moves: those of the page, or those of the details.
 * @param {Element | null} [target] an element of the same part
 */
const listsBeside = (target) => {
  const detail = target?.closest('.detail') ?? null;
  return lists().filter((list) => list.closest('.detail') === detail);
};

/** Return the ids of the todos whose rows the page shows, from top to bottom. */
export const shownIds = () => lists().flatMap(({ todos }) => todos.map(({ id }) => id));

/** Return those of the page itself, without those of the details. */
export const pageIds = () => listsBeside().flatMap(({ todos }) => todos.map(({ id }) => id));

/**
 * Return the rows among which a todo can be put elsewhere.
 * @param {string} todoId
 */
export const sortableRows = (todoId) =>
  lists().find((list) => list.props.sortable && list.indexOf(todoId) >= 0);

/** Return true if some rows of the page are not in the document. */
export const isWindowed = () => lists().some((list) => list.props.windowed);

/** @param {Place | null} place */
const focus = (place) => place?.list.focusRow(place.index);

/**
 * Return the row at an index counted over all lists beside an element.
 * @param {Element} target
 * @param {number} index
 * @returns {Place | null}
 */
function placeAt(target, index) {
  let before = 0;
  for (const list of listsBeside(target)) {
    if (index >= before && index < before + list.todos.length) {
      return { list, index: index - before };
    }
    before += list.todos.length;
  }
  return null;
}

/**
 * Return the index of a row counted over all lists beside it.
 * @param {Place} place
 */
function indexOf({ list, index }) {
  const beside = listsBeside(list);
  const above = beside.slice(0, beside.indexOf(list));
  return above.reduce((sum, { todos }) => sum + todos.length, index);
}

/** @param {Element} target */
const rowCount = (target) => listsBeside(target).reduce((sum, { todos }) => sum + todos.length, 0);

/**
 * @param {string | null | undefined} todoId
 * @returns {Place | null}
 */
function placeOf(todoId) {
  if (!todoId) return null;
  for (const list of lists()) {
    const index = list.indexOf(todoId);
    if (index >= 0) return { list, index };
  }
  return null;
}

/**
 * Return the row in focus.
 * @param {Element} target
 */
function focusedPlace(target) {
  const row = target.closest('ll-todo-row');
  const list = row?.closest('ll-todo-list');
  if (!row || !list) return null;
  const index = list.indexOf(row.props.todo.id);
  return index < 0 ? null : { list, index };
}

/**
 * Give the row of a todo the focus. Return false if no list of the page has it.
 * @param {string | null} todoId
 */
export function focusTodo(todoId) {
  const place = placeOf(todoId);
  focus(place);
  return place !== null;
}

/**
 * Return the list that has the row of a todo, and whether the row is wholly in view: on a phone a
 * bar covers the foot of the page. Return null without a row.
 * @param {string} todoId
 */
export function rowIn(todoId) {
  const list = placeOf(todoId)?.list;
  if (!list) return null;
  const box = list.rows.find(({ props }) => props.todo.id === todoId)?.getBoundingClientRect();
  const { top, bottom } = viewOf(scrollerOf(list));
  const foot = bottom - (document.querySelector('ll-bottom-bar')?.clientHeight ?? 0);
  return { list, isInView: box !== undefined && box.top >= top && box.bottom <= foot };
}

/**
 * Return the todo of the row after that of a todo, or before it when it is the last.
 * @param {string} todoId
 * @param {ReadonlySet<string>} [leaving] todos whose rows are leaving too
 */
export function todoBeside(todoId, leaving = new Set()) {
  const list = placeOf(todoId)?.list;
  const ids = listsBeside(list).flatMap(({ todos }) => todos.map(({ id }) => id));
  const at = ids.indexOf(todoId);
  if (at < 0) return null;
  /** @param {string} id */
  const stays = (id) => id !== todoId && !leaving.has(id);
  return ids.slice(at).find(stays) ?? ids.slice(0, at).findLast(stays) ?? null;
}

/**
 * Return the open button of a todo's row, if that is in the document.
 * @param {string | null} todoId
 * @returns {HTMLElement | null}
 */
export function openButtonOf(todoId) {
  const row = lists().flatMap((list) => list.rows).find(({ props }) => props.todo.id === todoId);
  return row?.querySelector('.row-open') ?? null;
}

/**
 * Move the focus by rows. Return false if there is no row there.
 * @param {number} distance
 * @param {HTMLElement} target
 */
export function step(distance, target) {
  const from = focusedPlace(target);
  const next = from ? placeAt(target, indexOf(from) + distance) : entry(distance);
  focus(next);
  return next !== null;
}

/**
 * Return the row that gets the focus when none has it: the first in view, or the last of all.
 * @param {number} distance
 * @returns {Place | null}
 */
function entry(distance) {
  const page = document.querySelector('.main') ?? document.body;
  if (distance < 0) return placeAt(page, rowCount(page) - 1);
  for (const list of listsBeside()) {
    const index = list.firstInView();
    if (index >= 0) return { list, index };
  }
  return placeAt(page, 0);
}

/** @type {Record<string, (at: number, page: number, last: number) => number>} */
const JUMPS = {
  Home: () => 0,
  End: (_at, _page, last) => last,
  PageDown: (at, page, last) => Math.min(last, at + page),
  PageUp: (at, page) => Math.max(0, at - page),
};

/**
 * Move the focus by a page, or to the first or last row. Return false if no row has the focus: the
 * key is for scrolling then.
 * @param {string} key
 * @param {HTMLElement} target
 */
export function jump(key, target) {
  const from = focusedPlace(target);
  if (!from || !JUMPS[key]) return false;
  const { top, bottom } = viewOf(scrollerOf(target));
  const row = target.closest('ll-todo-row');
  const page = Math.max(1, Math.floor((bottom - top) / (row?.offsetHeight || 1)) - 1);
  focus(placeAt(target, JUMPS[key](indexOf(from), page, rowCount(target) - 1)));
  return true;
}

/**
 * Return the list that the page shows, if it shows one.
 * @param {App} app
 */
export const listOnPage = ({ router: { route }, store }) =>
  route.listId ?? (route.page === 'home' ? inboxOf(store.shown)?.id : undefined);
