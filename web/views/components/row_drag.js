// Dragging a row: at once with a mouse, after a long press with a finger. A drop between rows
// reorders, one on the middle of a row makes a subtask, one in another group changes what the list
// is grouped by, one on a list of the side bar moves the todo there. Near an edge the page scrolls.
// A long press that ends where it began selects the todo, also where rows cannot be dragged.

import { findTodo } from '../../sync/state.js';
import { scrollerOf, viewOf } from '../base/scroll_anchor.js';
import { withTools } from '../shell/tools_loading.js';
import { moveWithUndo, sayOrderIsFixed } from '../shell/undo_toasts.js';
import { scrollSpeed } from './scroll_speed.js';

/**
 * @import { App } from '../../app.js'
 * @import { Todo } from '../../types/client.d.ts'
 * @import { TodoList } from './todo_list.js'
 * @import { TodoRow } from './todo_row.js'
 * @typedef {{
 *   to_list?: string, before_id?: string, after_id?: string, group?: string, parent_id?: string,
 * }} DropTarget
 * @typedef {{x: number, y: number}} Point in pixels of the window
 */

// Further than a shaky click, shorter than an intended drag.
const SLOP_PX = 6;
const LONG_PRESS_MS = 350;

export class RowDrag {
  /** @type {{row: TodoRow, at: Point} | null} the pressed row, and where the press began */
  #press = null;
  /** @type {Point} where the pointer is */
  #pointer = { x: 0, y: 0 };
  /** @type {Point} where on the row the pointer holds it, from its top left corner */
  #grip = { x: 0, y: 0 };
  /** @type {Point} how far the row is shown from its place in the list */
  #shift = { x: 0, y: 0 };
  #active = false;
  #hasMoved = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #frame = 0;
  /** @type {DropTarget | null} */
  #target = null;

  /**
   * @param {TodoList} list
   * @param {App} app
   */
  constructor(list, app) {
    this.list = list;
    this.app = app;
    list.addEventListener('pointerdown', this.#down);
    list.addEventListener('touchmove', this.#preventScroll, { passive: false });
  }

  stop() {
    this.list.removeEventListener('pointerdown', this.#down);
    this.list.removeEventListener('touchmove', this.#preventScroll);
    this.#end();
  }

  /** The todo whose row is dragged: its row must stay in the document. */
  get todoId() {
    return this.#active ? this.#press?.row.props.todo.id ?? null : null;
  }

  /** The list was drawn, which may have moved rows and removed marks. */
  drawn() {
    if (!this.#active) return;
    this.#press?.row.classList.add('is-dragged');
    this.#follow();
  }

  /** @param {Event} event */
  #preventScroll = (event) => {
    if (this.#active) event.preventDefault();
  };

  /** @param {PointerEvent} event */
  #down = (event) => {
    const pressed = event.target instanceof Element ? event.target : null;
    const row = pressed?.closest('ll-todo-row');
    if (!row || event.button !== 0 || pressed?.closest('input, .check, .row-actions')) return;
    if (!this.list.props.sortable && event.pointerType !== 'touch') return;
    this.#press = { row, at: { x: event.clientX, y: event.clientY } };
    this.#pointer = this.#press.at;
    if (event.pointerType === 'touch') this.#timer = setTimeout(() => this.#begin(), LONG_PRESS_MS);
    document.addEventListener('pointermove', this.#move);
    document.addEventListener('pointerup', this.#up);
    document.addEventListener('pointercancel', this.#cancel);
    document.addEventListener('keydown', this.#handleKey, true);
  };

  /** @param {PointerEvent} event */
  #move = (event) => {
    if (!this.#press) return;
    const { at } = this.#press;
    this.#pointer = { x: event.clientX, y: event.clientY };
    if (!this.#active) {
      if (Math.hypot(event.clientX - at.x, event.clientY - at.y) < SLOP_PX) return;
      // A finger that moves before the long press is scrolling.
      if (event.pointerType === 'touch') {
        this.#end();
        return;
      }
      this.#begin();
    }
    this.#hasMoved ||= Math.hypot(event.clientX - at.x, event.clientY - at.y) >= SLOP_PX;
    if (this.list.props.sortable) this.#follow();
  };

  #begin() {
    if (!this.#press) return;
    const { row, at } = this.#press;
    const { left, top } = row.getBoundingClientRect();
    this.#grip = { x: at.x - left, y: at.y - top };
    this.#active = true;
    row.classList.add('is-dragged');
    document.documentElement.classList.add('is-dragging');
    navigator.vibrate?.(8);
    this.#frame = requestAnimationFrame(this.#scrollAtEdge);
  }

  #scrollAtEdge = () => {
    const scroller = scrollerOf(this.list);
    const speed = this.#target?.to_list ? 0 : scrollSpeed(this.#pointer.y, viewOf(scroller));
    if (speed !== 0) {
      scroller.scrollTop += speed;
      this.#follow();
    }
    this.#frame = requestAnimationFrame(this.#scrollAtEdge);
  };

  /** Show the row under the pointer, wherever the page was scrolled, and mark where a drop goes. */
  #follow() {
    if (!this.#press) return;
    const { row } = this.#press;
    const { left, top } = row.getBoundingClientRect();
    this.#shift = {
      x: this.#pointer.x - this.#grip.x - (left - this.#shift.x),
      y: this.#pointer.y - this.#grip.y - (top - this.#shift.y),
    };
    row.style.setProperty(
      'transform',
      `translate(${this.#shift.x}px, ${this.#shift.y}px)`,
    );
    this.#aim(this.#pointer);
  }

  /**
   * Find and mark where a drop at this point would go.
   * @param {Point} point
   */
  #aim({ x, y }) {
    this.#unmark();
    const list = marked('data-drop-list', x, y);
    if (list) {
      this.#target = { to_list: list.dataset.dropList };
      list.classList.add('is-target');
      return;
    }
    const group = this.list.props.group && marked('data-drop-group', x, y);
    if (group && group.dataset.dropGroup !== this.list.props.group) {
      this.#target = { group: group.dataset.dropGroup };
      group.classList.add('is-target');
      return;
    }
    const others = this.list.rows.filter((row) => row !== this.#press?.row);
    const into = others.find((row) => isMiddle(row.getBoundingClientRect(), y));
    if (into) {
      into.classList.add('is-target');
      this.#target = { parent_id: into.dataset.todo };
      return;
    }
    const next = others.find((row) => y < row.getBoundingClientRect().top + row.offsetHeight / 2);
    const mark = next ?? others.at(-1);
    if (!mark) return;
    mark.classList.add(next ? 'drop-before' : 'drop-after');
    this.#target = next ? { before_id: next.dataset.todo } : { after_id: mark.dataset.todo };
  }

  #unmark() {
    this.#target = null;
    for (const marked of document.querySelectorAll('.drop-before, .drop-after, .is-target')) {
      marked.classList.remove('drop-before', 'drop-after', 'is-target');
    }
  }

  #up = () => {
    const target = this.#target;
    const todoId = this.#press?.row.dataset.todo;
    const isDrop = this.#active;
    const isLongPress = !this.#hasMoved;
    this.#end();
    if (!isDrop) return;
    // The click that follows a drop is not a click on the row.
    document.addEventListener('click', swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener('click', swallow, { capture: true }), 0);
    const { store } = this.app;
    const todo = todoId && findTodo(store.shown, store.realId(todoId));
    if (todo && isLongPress) {
      withTools(this.app, (tools) => tools.toggleSelected(this.app, todo.id));
    }
    if (!target || !todo || isLongPress) return;
    this.#drop(todo, target);
  };

  /**
   * @param {Todo} todo
   * @param {DropTarget} target
   */
  #drop(todo, target) {
    const { group, fixedOrder } = this.list.props;
    const to = target.group;
    if (target.to_list) moveWithUndo(this.app, todo, target.to_list);
    else if (to && group) {
      withTools(this.app, (tools) => tools.dropInGroup(this.app, todo, group, to));
    } else if (target.parent_id) {
      const parent = target.parent_id;
      withTools(this.app, (tools) => tools.makeSubtask(this.app, todo, parent));
    } else if (fixedOrder) sayOrderIsFixed(this.app);
    else this.app.actions?.moveTodo(todo.id, target);
  }

  #cancel = () => this.#end();

  /** @param {KeyboardEvent} event */
  #handleKey = (event) => {
    if (event.key !== 'Escape' || !this.#active) return;
    event.stopPropagation();
    this.#end();
  };

  #end() {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    document.removeEventListener('pointermove', this.#move);
    document.removeEventListener('pointerup', this.#up);
    document.removeEventListener('pointercancel', this.#cancel);
    document.removeEventListener('keydown', this.#handleKey, true);
    this.#unmark();
    this.#press?.row.style.removeProperty('transform');
    this.#press?.row.classList.remove('is-dragged');
    document.documentElement.classList.remove('is-dragging');
    this.#press = null;
    this.#shift = { x: 0, y: 0 };
    this.#active = this.#hasMoved = false;
  }
}

/**
 * Return true if a drop at `y` goes into a row, not beside it: the middle third is enough to hit.
 * @param {DOMRect} box
 * @param {number} y
 */
const isMiddle = ({ top, height }, y) => y > top + height / 3 && y < top + height * 2 / 3;

/**
 * Return the element with an attribute at a point: a list of the side bar, or a group of rows.
 * @param {'data-drop-list' | 'data-drop-group'} attribute
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

/** @param {Event} event */
function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}
