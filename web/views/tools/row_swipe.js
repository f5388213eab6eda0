// Swiping a row with a finger: towards the end of the line it is ticked, towards the beginning its
// due date is chosen. The circle and the menu of the row do the same.

import { direction, t } from '../../languages/translate.js';
import { isOpen } from '../../sync/state.js';
import { h, patch } from '../base/dom.js';
import { icon } from '../base/icons.js';

/**
 * @import { App } from '../../app.js'
 * @import { TodoRow } from '../components/todo_row.js'
 * @import { Point } from '../components/dragging/row_drag.js'
 */

// A quarter of a phone's width: further than a scroll that went wrong.
const ENOUGH_PX = 96;
// The row stays in sight.
const FURTHEST_PX = 168;
// Nearer to the edge, a swipe is the system's: it goes back.
const EDGE_PX = 20;
const BACK_MS = 150;
const REDUCED = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * Follow a finger that has begun to move sideways on a row.
 * @param {App} app
 * @param {TodoRow} row
 * @param {Point} from where it was put down, in pixels of the window
 * @param {number} pointer its id
 */
export function swipeRow(app, row, from, pointer) {
  if (from.x < EDGE_PX || from.x > innerWidth - EDGE_PX) return;
  const { todo, onTick } = row.props;
  const hint = new Hint(row, isOpen(todo));
  const listeners = new AbortController();
  const options = { signal: listeners.signal };
  const end = () => {
    listeners.abort();
    hint.remove();
    slideBack(row);
  };
  /** @param {PointerEvent} event */
  const move = (event) => {
    if (event.pointerId !== pointer) return;
    if (row.isConnected) hint.show(event.clientX - from.x);
    else end();
  };
  /** @param {PointerEvent} event */
  const up = (event) => {
    if (event.pointerId !== pointer) return;
    const action = hint.action;
    end();
    if (!action || !row.isConnected) return;
    if (action === 'tick') onTick();
    else {
      const anchor = row.querySelector('.row-open') ?? row;
      app.ui.openMenu({ kind: 'due', anchor, todoId: todo.id });
    }
  };
  document.addEventListener('pointermove', move, options);
  // The browser would go on with the swipe as with a scroll, and take the next tap for its end.
  document.addEventListener('touchmove', prevent, { ...options, passive: false });
  document.addEventListener('pointerup', up, options);
  document.addEventListener('pointercancel', end, options);
  // The finger may have been lifted before this script was loaded.
  document.addEventListener('pointerdown', end, options);
}

/** @param {TouchEvent} event */
function prevent(event) {
  if (event.cancelable) event.preventDefault();
}

/** Beside a row that is swiped: what will be done, and whether the finger is far enough. */
class Hint {
  /** @type {'tick' | 'due' | null} what is done when the finger is lifted now */
  action = null;
  #box = document.createElement('div');

  /**
   * @param {TodoRow} row
   * @param {boolean} isOpenTodo
   */
  constructor(row, isOpenTodo) {
    this.row = row;
    this.isOpenTodo = isOpenTodo;
    this.#box.classList.add('swipe-hint');
    this.#box.setAttribute('aria-hidden', 'true');
    document.body.append(this.#box);
    document.documentElement.classList.add('is-swiping');
  }

  /** @param {number} distance to the right, in pixels */
  show(distance) {
    const shift = Math.max(-FURTHEST_PX, Math.min(FURTHEST_PX, distance));
    const isTick = direction() === 'rtl' ? shift < 0 : shift > 0;
    const isEnough = Math.abs(shift) >= ENOUGH_PX;
    if (isEnough && !this.action) navigator.vibrate?.(8);
    this.action = isEnough ? (isTick ? 'tick' : 'due') : null;
    this.row.style.setProperty('transform', `translateX(${shift}px)`);
    this.#place(shift);
    const { classList } = this.#box;
    classList.toggle('is-due', !isTick);
    classList.toggle('is-enough', isEnough);
    const tick = this.isOpenTodo ? t('Complete') : t('Reopen');
    const [name, text] = isTick ? ['check', tick] : ['calendar', t('Due date')];
    patch(this.#box, [icon(/** @type {'check'} */ (name)), h('span', null, text)]);
  }

  /** @param {number} shift */
  #place(shift) {
    const { top, height, left, right } = this.row.getBoundingClientRect();
    const { style } = this.#box;
    style.setProperty('top', `${top}px`);
    style.setProperty('height', `${height}px`);
    style.setProperty('left', `${shift > 0 ? left - shift : right}px`);
    style.setProperty('width', `${Math.abs(shift)}px`);
  }

  remove() {
    this.#box.remove();
    document.documentElement.classList.remove('is-swiping');
  }
}

/** @param {TodoRow} row */
function slideBack(row) {
  const { transform } = row.style;
  row.style.removeProperty('transform');
  if (!transform || REDUCED.matches) return;
  row.animate([{ transform }, { transform: 'none' }], { duration: BACK_MS, easing: 'ease-out' });
}
