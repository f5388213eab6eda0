// Presses on rows. A mouse that moves drags the row at once, a finger after a long press. The rows
// make way where it lands; one on the middle of another becomes its subtask, one in another group
// changes what the list is grouped by, one on a list of the side bar moves there, a subtask among
// the rows of its list becomes one of them. Near an edge the page scrolls. A long press that ends
// where it began opens the menu of the row, as a right click does, and a finger that moves sideways
// swipes it.

import { canEdit } from '../../../store/queries.js';
import { NO_SELECTION } from '../../../store/ui_state.js';
import { findTodo } from '../../../sync/state.js';
import { swallowClick } from '../../base/drag_end.js';
import { afterDrawing } from '../../base/frame.js';
import { scrollerOf, viewOf } from '../../base/scroll_anchor.js';
import { isSelecting, loadTools, pageTools, withTools } from '../../shell/tools_loading.js';
import { moveWithUndo, sayOrderIsFixed } from '../../shell/undo_toasts.js';

/**
 * @import { App } from '../../../app.js'
 * @import { Todo } from '../../../types/client.d.ts'
 * @import { TodoList } from '../todo_list.js'
 * @import { TodoRow } from '../todo_row.js'
 * @import { RowInHand } from './row_in_hand.js'
 * @import { DropTarget, RowLanding } from './row_landing.js'
 * @typedef {{x: number, y: number}} Point in pixels of the window
 */

// Further than a shaky click, shorter than an intended drag.
const SLOP_PX = 6;
const LONG_PRESS_MS = 350;
// A finger that scrolls down does not move exactly down.
const SWIPE_SLOPE = 1.5;
// On a phone the side bar is not beside the rows.
const HAS_SIDE_BAR = matchMedia('(min-width: 861px)');

export class RowDrag {
  /** @type {{row: TodoRow, at: Point, pointer: number} | null} the pressed row, and where */
  #press = null;
  /** @type {Point} where the pointer is */
  #pointer = { x: 0, y: 0 };
  /** @type {RowInHand | null} */
  #hand = null;
  #active = false;
  #hasMoved = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #frame = 0;
  /** @type {RowLanding | null} */
  #landing = null;

  /**
   * @param {TodoList} list
   * @param {App} app
   */
  constructor(list, app) {
    this.list = list;
    this.app = app;
    list.addEventListener('pointerdown', this.#down);
    list.addEventListener('touchmove', this.#preventWhileActive, { passive: false });
    list.addEventListener('contextmenu', this.#offerAtPointer);
  }

  stop() {
    this.list.removeEventListener('pointerdown', this.#down);
    this.list.removeEventListener('touchmove', this.#preventWhileActive);
    this.list.removeEventListener('contextmenu', this.#offerAtPointer);
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
    this.#landing?.aim(this.#pointer);
  }

  /** @param {Event} event */
  #preventWhileActive = (event) => {
    if (this.#active) event.preventDefault();
  };

  /**
   * Open the menu of a row at the pointer, in place of the browser's own: that is for links, fields
   * and selected text, and with Shift for all else. A finger opens the menu when it is lifted.
   * @param {MouseEvent} event
   */
  #offerAtPointer = (event) => {
    if (this.#active) event.preventDefault();
    const { target, clientX: x, clientY: y } = event;
    if (this.#press || event.shiftKey || !(target instanceof Element)) return;
    const row = target.closest('ll-todo-row');
    if (!row || target.closest('a, input, textarea, select') || isSelected(row)) return;
    event.preventDefault();
    const open = () => this.#offerMenu(row, { x, y });
    // Some browsers send the event before the button is lifted, which closes what is open then.
    if (event.buttons === 0) open();
    else document.addEventListener('pointerup', () => setTimeout(open, 0), { once: true });
  };

  /**
   * As file managers do: of one of several selected rows it is the menu of all of them; of another
   * row, which ends the selection, that of the row.
   * @param {TodoRow} row
   * @param {{x: number, y: number}} at
   */
  #offerMenu(row, at) {
    const { ui } = this.app;
    const anchor = row.querySelector('.row-open') ?? row;
    const { todo } = row.props;
    const isOneOfThem = ui.selection.ids.has(todo.id);
    if (!isOneOfThem) ui.selection = NO_SELECTION;
    const todoIds = isOneOfThem ? [...ui.selection.ids] : undefined;
    ui.openMenu({ kind: 'more', anchor, at, todoId: todo.id, todoIds });
  }

  /** @param {PointerEvent} event */
  #down = (event) => {
    // Another finger beside the one that pressed is for the browser, as for zooming.
    if (this.#press) return;
    const pressed = event.target instanceof Element ? event.target : null;
    const row = pressed?.closest('ll-todo-row');
    // On a Mac, a click with Ctrl is a right click: it opens the menu of the row.
    if (!row || event.button !== 0 || event.ctrlKey || pressed?.closest('input, .row-actions')) {
      return;
    }
    const isTouch = event.pointerType === 'touch';
    if (!isTouch && (pressed?.closest('.check') || !row.props.mayEdit)) return;
    this.#press = { row, at: { x: event.clientX, y: event.clientY }, pointer: event.pointerId };
    this.#pointer = this.#press.at;
    if (isTouch) {
      // For what may follow: a swipe, or the selection.
      if (!pageTools()) loadTools(this.app);
      this.#timer = setTimeout(() => this.#begin(), LONG_PRESS_MS);
    }
    document.addEventListener('pointermove', this.#move);
    document.addEventListener('pointerup', this.#up);
    document.addEventListener('pointercancel', this.#cancel);
    document.addEventListener('keydown', this.#handleKey, true);
  };

  /** @param {PointerEvent} event */
  #move = (event) => {
    if (!this.#press || event.pointerId !== this.#press.pointer) return;
    const { at, row, pointer } = this.#press;
    this.#pointer = { x: event.clientX, y: event.clientY };
    const { x, y } = { x: event.clientX - at.x, y: event.clientY - at.y };
    if (!this.#hasMoved && Math.hypot(x, y) < SLOP_PX) return;
    if (!this.#active && event.pointerType === 'touch') {
      // A finger that moves before the long press is scrolling, or swiping.
      this.#end();
      if (Math.abs(x) > SWIPE_SLOPE * Math.abs(y) && row.props.mayEdit && !isSelecting(this.app)) {
        withTools(this.app, (tools) => tools.swipeRow(this.app, row, at, pointer));
      }
      return;
    }
    if (!this.#active) this.#begin();
    if (!this.#hasMoved) this.#lift();
    this.#landing?.aim(this.#pointer);
    this.#hand?.follow(this.#pointer, Boolean(this.#landing?.target?.to_list));
  };

  #begin() {
    if (!this.#press) return;
    this.#active = true;
    this.#press.row.classList.add('is-dragged');
    document.documentElement.classList.add('is-dragging');
    navigator.vibrate?.(8);
  }

  /** Take the row in the hand, where it can be put somewhere. */
  #lift() {
    this.#hasMoved = true;
    if (!this.#press?.row.props.mayEdit) return;
    if (!this.list.props.sortable && !HAS_SIDE_BAR.matches) return;
    const press = this.#press;
    withTools(this.app, (tools) => {
      // Loading them may take longer than the drag.
      if (this.#press !== press) return;
      this.#hand = new tools.RowInHand(press.row, press.at);
      this.#landing = new tools.RowLanding(this.list, press.row);
      this.#landing.aim(this.#pointer);
      this.#frame = requestAnimationFrame(this.#scrollAtEdge);
    });
  }

  #scrollAtEdge = () => {
    const side = document.elementFromPoint(this.#pointer.x, this.#pointer.y)?.closest('.side');
    const scroller = side?.querySelector('.side-nav') ??
      scrollerOf(this.#landing?.scrolled ?? this.list);
    const { top, bottom } = viewOf(scroller);
    const bar = document.querySelector('ll-bottom-bar')?.clientHeight ?? 0;
    const before = scroller.scrollTop;
    const speed = pageTools()?.scrollSpeed(this.#pointer.y, { top, bottom: bottom - bar });
    scroller.scrollTop += speed ?? 0;
    if (scroller.scrollTop !== before) this.#landing?.aim(this.#pointer);
    this.#frame = requestAnimationFrame(this.#scrollAtEdge);
  };

  /** @param {PointerEvent} event */
  #up = (event) => {
    const { row, pointer } = this.#press ?? {};
    if (event.pointerId !== pointer) return;
    const target = this.#landing?.target;
    const isDrop = this.#active;
    const isLongPress = !this.#hasMoved;
    const { store } = this.app;
    const todo = row && findTodo(store.shown, store.realId(row.props.todo.id));
    if (isDrop) swallowClick();
    if (isDrop && todo && target) this.#drop(todo, target);
    this.#end({ isDrop });
    // Not at once: the browser closes what is open when a finger is lifted beside it.
    if (isDrop && todo && isLongPress && row) setTimeout(() => this.#offer(todo, row), 0);
  };

  /**
   * Offer what can be done to a todo; while todos are selected, select it.
   * @param {Todo} todo
   * @param {TodoRow} row
   */
  #offer(todo, row) {
    const { app } = this;
    if (isSelecting(app) && canEdit(app.store.shown, todo.list_id)) {
      withTools(app, (tools) => tools.toggleSelected(app, todo.id));
    } else {
      const anchor = row.querySelector('.row-open') ?? row;
      app.ui.openMenu({ kind: 'more', anchor, todoId: todo.id });
    }
  }

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
    } else if (target.isOut) withTools(this.app, (tools) => tools.outdent(this.app, todo, target));
    else if (fixedOrder) sayOrderIsFixed(this.app);
    else this.app.actions?.moveTodo(todo.id, target);
  }

  /** @param {PointerEvent} event */
  #cancel = (event) => {
    if (event.pointerId === this.#press?.pointer) this.#end();
  };

  /** @param {KeyboardEvent} event */
  #handleKey = (event) => {
    if (event.key !== 'Escape' || !this.#active) return;
    event.stopPropagation();
    this.#end();
  };

  #end({ isDrop = false } = {}) {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    document.removeEventListener('pointermove', this.#move);
    document.removeEventListener('pointerup', this.#up);
    document.removeEventListener('pointercancel', this.#cancel);
    document.removeEventListener('keydown', this.#handleKey, true);
    const { row } = this.#press ?? {};
    const landing = this.#landing;
    this.#hand?.remove();
    this.#press = this.#hand = this.#landing = null;
    this.#active = this.#hasMoved = false;
    landing?.end();
    const letGo = () => {
      row?.classList.remove('is-dragged');
      document.documentElement.classList.remove('is-dragging');
      landing?.shift(new Map());
    };
    // Until the list is drawn in its new order the rows stay where they made way.
    if (isDrop && landing) afterDrawing(letGo);
    else letGo();
  }
}

/**
 * Return true if some text of a row is selected.
 * @param {TodoRow} row
 */
function isSelected(row) {
  const selection = getSelection();
  return Boolean(selection && !selection.isCollapsed && selection.containsNode(row, true));
}
