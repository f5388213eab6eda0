// Dragging a row: at once with a mouse, after a long press with a finger. A drop between rows
// reorders, a drop on a list of the side bar moves the todo there.

/**
 * @import { App } from '../../app.js'
 * @typedef {{to_list?: string, before_id?: string, after_id?: string}} DropTarget
 */

// Further than a shaky click, shorter than an intended drag.
const SLOP_PX = 6;
const LONG_PRESS_MS = 350;

export class RowDrag {
  /** @type {{row: HTMLElement, x: number, y: number} | null} the pressed row, and where */
  #press = null;
  #active = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {DropTarget | null} */
  #target = null;

  /**
   * @param {HTMLElement} list
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

  /** @param {Event} event */
  #preventScroll = (event) => {
    if (this.#active) event.preventDefault();
  };

  /** @param {PointerEvent} event */
  #down = (event) => {
    const pressed = event.target instanceof Element ? event.target : null;
    const row = pressed?.closest('ll-todo-row');
    if (!row || event.button !== 0 || pressed?.closest('input, .check, .row-actions')) return;
    this.#press = { row, x: event.clientX, y: event.clientY };
    if (event.pointerType === 'touch') this.#timer = setTimeout(() => this.#begin(), LONG_PRESS_MS);
    document.addEventListener('pointermove', this.#move);
    document.addEventListener('pointerup', this.#up);
    document.addEventListener('pointercancel', this.#cancel);
    document.addEventListener('keydown', this.#handleKey, true);
  };

  /** @param {PointerEvent} event */
  #move = (event) => {
    if (!this.#press) return;
    const dx = event.clientX - this.#press.x;
    const dy = event.clientY - this.#press.y;
    if (!this.#active) {
      if (Math.hypot(dx, dy) < SLOP_PX) return;
      // A finger that moves before the long press is scrolling.
      if (event.pointerType === 'touch') {
        this.#end();
        return;
      }
      this.#begin();
    }
    this.#press.row.style.setProperty('transform', `translate(${dx}px, ${dy}px)`);
    this.#aim(event.clientX, event.clientY);
  };

  #begin() {
    this.#active = true;
    this.#press?.row.classList.add('is-dragged');
    document.documentElement.classList.add('is-dragging');
    navigator.vibrate?.(8);
  }

  /**
   * Find and mark where a drop at this point would go.
   * @param {number} x
   * @param {number} y
   */
  #aim(x, y) {
    this.#unmark();
    const list = listAt(x, y);
    if (list) {
      this.#target = { to_list: list.dataset.dropList };
      list.classList.add('is-target');
      return;
    }
    const others = [...this.list.children]
      .filter((row) => row instanceof HTMLElement)
      .filter((row) => row !== this.#press?.row);
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
    this.#end();
    if (!isDrop) return;
    // The click that follows a drop is not a click on the row.
    document.addEventListener('click', swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener('click', swallow, { capture: true }), 0);
    if (target && todoId) this.app.actions?.moveTodo(todoId, target);
  };

  #cancel = () => this.#end();

  /** @param {KeyboardEvent} event */
  #handleKey = (event) => {
    if (event.key !== 'Escape' || !this.#active) return;
    event.stopPropagation();
    this.#end();
  };

  #end() {
    clearTimeout(this.#timer);
    document.removeEventListener('pointermove', this.#move);
    document.removeEventListener('pointerup', this.#up);
    document.removeEventListener('pointercancel', this.#cancel);
    document.removeEventListener('keydown', this.#handleKey, true);
    this.#unmark();
    this.#press?.row.style.removeProperty('transform');
    this.#press?.row.classList.remove('is-dragged');
    document.documentElement.classList.remove('is-dragging');
    this.#press = null;
    this.#active = false;
  }
}

/**
 * Return the list of the side bar at a point.
 * @param {number} x
 * @param {number} y
 * @returns {HTMLElement | null}
 */
function listAt(x, y) {
  for (const element of document.elementsFromPoint(x, y)) {
    /** @type {HTMLElement | null} */
    const list = element.closest('[data-drop-list]');
    if (list) return list;
  }
  return null;
}

/** @param {Event} event */
function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}
