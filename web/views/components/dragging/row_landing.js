// Where a dragged row lands, and how the page shows it: the rows of its list make way, or the row,
// the group or the list that takes it is marked. A subtask also lands among the rows of its list.

import { isOpen } from '../../../sync/state.js';
import { aimAt, shiftsFor } from './row_aim.js';

// On the document, while a subtask is dragged: what makes it a todo of its own says so.
const MARK = 'has-subtask-in-hand';

/**
 * @import { ListPage } from '../../pages/list_page.js'
 * @import { TodoList } from '../todo_list.js'
 * @import { TodoRow } from '../todo_row.js'
 * @import { Box, RowTarget } from './row_aim.js'
 * @import { Point } from './row_drag.js'
 * @typedef {RowTarget & {to_list?: string, group?: string, isOut?: boolean}} DropTarget `isOut`: as
 *   a todo of its own
 */

export class RowLanding {
  /** @type {DropTarget | null} */
  target = null;
  /** @type {Map<string, number>} how far rows are shown from their places, by id */
  #shifts = new Map();
  /** @type {DropTarget | null} where the gap is that the others left; null in its own place */
  #gap = null;

  /**
   * @param {TodoList} list
   * @param {TodoRow} row the dragged one
   */
  constructor(list, row) {
    this.list = list;
    this.row = row;
    /** The list whose rows make way. */
    this.over = list;
    /** @type {TodoList | ListPage} what scrolls while the pointer is near its edge */
    this.scrolled = list;
    document.documentElement.classList.toggle(MARK, Boolean(list.props.isNested));
  }

  /**
   * Find where a drop at this point goes, and show it.
   * @param {Point} point
   */
  aim({ x, y }) {
    const { group, sortable, isNested } = this.list.props;
    this.#unmark();
    this.scrolled = this.list;
    const list = marked('data-drop-list', x, y);
    const section = sortable && group ? marked('data-drop-group', x, y) : null;
    const isElsewhere = section && section.dataset.dropGroup !== group;
    if (list && list.dataset.dropList !== this.row.props.todo.list_id) {
      this.#mark(list, { to_list: list.dataset.dropList });
    } else if (list || !sortable) this.#mark(null, null);
    else if (isElsewhere) this.#mark(section, { group: section.dataset.dropGroup });
    else if (isNested) this.#aimSubtask(x, y);
    else this.#aimAtRows(y, this.list);
  }

  /**
   * In the details a subtask lands among its own rows, in the pane of its list it becomes a todo of
   * its own: among the rows there, or, where the rows are grouped or sorted, with the rank it has.
   * A completed one lands among the completed ones, whichever was completed last.
   * @param {number} x
   * @param {number} y
   */
  #aimSubtask(x, y) {
    const heading = marked('data-drop-out', x, y);
    const pane = paneAt(x, y);
    const page = pane?.querySelector('ll-list-page');
    if (heading) this.#mark(heading, { isOut: true });
    else if (pane?.contains(this.list)) this.#aimAtRows(y, this.list);
    else if (page?.props.listId !== this.row.props.todo.list_id) this.#mark(null, null);
    else {
      this.scrolled = page;
      const rows = rowsAt(page, y);
      if (rows) this.#aimAtRows(y, rows);
      else this.#markOut(page);
    }
  }

  /**
   * Mark where a subtask becomes a todo that keeps its place in the order.
   * @param {Element} page
   */
  #markOut(page) {
    const { todo } = this.row.props;
    /** @type {HTMLElement | null} */
    const taking = !isOpen(todo) && page.querySelector('.done') || page.querySelector('.page');
    this.#mark(taking, { isOut: true });
  }

  /**
   * @param {number} y
   * @param {TodoList} list
   */
  #aimAtRows(y, list) {
    const { id, parent_id: parentId } = this.row.props.todo;
    const isOut = list !== this.list;
    if (list !== this.over) {
      this.#mark(null, null);
      this.over = list;
    }
    const places = placesOf(list);
    const others = places.filter((box) => box.id !== id).map((box) => {
      const shift = this.#shifts.get(box.id) ?? 0;
      return { id: box.id, top: box.top + shift, bottom: box.bottom + shift };
    });
    const target = aimAt(others, y, !list.props.isNested);
    if (!target) {
      this.target = this.#gap;
    } else if (target.parent_id && target.parent_id === parentId) {
      this.target = null;
    } else if (target.parent_id) {
      this.target = target;
      list.rows.find(({ props }) => props.todo.id === target.parent_id)
        ?.classList.add('is-target');
    } else if (list.props.fixedOrder) {
      this.target = target;
    } else if (isOut && !isOpen(this.row.props.todo)) {
      this.#markOut(list.closest('ll-list-page') ?? list);
    } else {
      const height = this.row.offsetHeight;
      const shifts = shiftsFor(places, { id, height }, target);
      // Beside its own place it stays where it is.
      this.target = this.#gap = isOut || shifts.size > 0 ? { ...target, isOut } : null;
      this.shift(shifts, isOut ? height : 0);
    }
  }

  /**
   * Mark what takes the row; the others go back to their places.
   * @param {HTMLElement | null} element
   * @param {DropTarget | null} target
   */
  #mark(element, target) {
    this.target = target;
    this.#gap = null;
    element?.classList.add('is-target');
    this.shift(new Map());
    this.over = this.list;
  }

  /**
   * Show rows away from their places.
   * @param {Map<string, number>} shifts in pixels downwards, by the id of the row
   * @param {number} [room] in pixels below the last row, for a row of another list
   */
  shift(shifts, room = 0) {
    this.#shifts = shifts;
    if (room) this.over.style.setProperty('padding-block-end', `${room}px`);
    else this.over.style.removeProperty('padding-block-end');
    for (const row of this.over.rows) {
      const shift = shifts.get(row.props.todo.id);
      if (shift) row.style.setProperty('transform', `translateY(${shift}px)`);
      else row.style.removeProperty('transform');
    }
  }

  /** The drag has ended; rows stay where they are shown. */
  end() {
    this.#unmark();
    document.documentElement.classList.remove(MARK);
  }

  #unmark() {
    for (const each of document.querySelectorAll('.is-target')) each.classList.remove('is-target');
  }
}

/**
 * Return the pane at a point: that of the page, or the details.
 * @param {number} x
 * @param {number} y
 * @returns {Element | null}
 */
function paneAt(x, y) {
  for (const element of document.elementsFromPoint(x, y)) {
    const pane = element.closest('.main, .detail');
    if (pane) return pane;
  }
  return null;
}

/**
 * Return the open todos of a list at this height, which are in an order of their own; null if the
 * list has none, or shows them grouped or sorted.
 * @param {ListPage} page
 * @param {number} y
 * @returns {TodoList | null}
 */
function rowsAt(page, y) {
  const lists = [...page.querySelectorAll('ll-todo-list')].filter(({ props }) => props.sortable);
  const list = lists.findLast((each) => each.getBoundingClientRect().top <= y) ?? lists.at(0);
  if (!list?.rows.length || list.props.group || list.props.fixedOrder) return null;
  return list;
}

/**
 * Return the places of the rows of a list in the window, wherever they are shown.
 * @param {TodoList} list
 * @returns {Box[]}
 */
function placesOf(list) {
  const origin = list.getBoundingClientRect().top;
  return list.rows.map(({ offsetTop, offsetHeight, props }) => {
    const top = origin + offsetTop;
    return { id: props.todo.id, top, bottom: top + offsetHeight };
  });
}

/**
 * Return the element with an attribute at a point: a list of the side bar, a group of rows, or what
 * makes a subtask a todo of its own.
 * @param {'data-drop-list' | 'data-drop-group' | 'data-drop-out'} attribute
 * @param {number} x
 * @param {number} y
 * @returns {HTMLElement | null}
 */
function marked(attribute, x, y) {
  for (const element of document.elementsFromPoint(x, y)) {
    /** @type {HTMLElement | null} */
    const found = element.closest(`[${attribute}]`);
    if (found) return found;
  }
  return null;
}
