// Rows of todos, in order. Of a long list only the rows around what is in view are in the document.
// The user moves rows by drag and by key.

import { listName } from '../../format/list_name.js';
import { shorten } from '../../format/shorten.js';
import { t } from '../../languages/translate.js';
import { canEdit, remindersOf, subtaskCount } from '../../store/queries.js';
import { findTodo, isOpen } from '../../sync/state.js';
import { own } from '../../own.js';
import { h } from '../base/dom.js';
import { afterDrawing } from '../base/frame.js';
import { scrollerOf, viewOf } from '../base/scroll_anchor.js';
import { unsentMark } from '../base/unsent_mark.js';
import { View } from '../base/view.js';
import { toastWithUndo } from '../shell/undo_toasts.js';
import { RowDrag } from './dragging/row_drag.js';
import { animateRows } from './row_motion.js';
import { isNearGap, partsOf, RowHeights, runInView } from './row_window.js';
import './todo_row.js';

/**
 * @import { Todo } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 * @import { TodoRow } from './todo_row.js'
 */

/**
 * @typedef {object} TodoListProps
 * @property {readonly Todo[]} todos
 * @property {boolean} windowed whether only the rows around the view are in the document
 * @property {boolean} [sortable]
 * @property {boolean} [isNested] the rows are subtasks, which take none
 * @property {boolean} [fixedOrder] the rows are sorted, so none can be put between others
 * @property {string} [group] the key of the group of the view that the rows are in
 * @property {boolean} [showList]
 * @property {string | null} [day] the day of the section the rows are in
 */

// How long a ticked row stays in the list: long enough to see the tick and to undo it.
const LINGER_MS = 700;

/** @extends {View<TodoListProps & UsedProps>} */
export class TodoList extends View {
  /** @type {readonly Todo[]} the todos of the rows, in order, as last drawn */
  todos = [];
  /** @type {readonly Todo[]} those that were drawn at the end of the last frame */
  #todosBefore = [];
  /**
   * Ticked todos that are still shown, by id. `at`: the index of the row.
   * @type {Map<string, {timer: ReturnType<typeof setTimeout>, at: number}>}
   */
  #lingering = new Map();
  /** @type {RowDrag | null} */
  #drag = null;
  #heights = new RowHeights();
  #offsets = this.#heights.offsets([]);
  /** @type {number[]} the indexes of the rows in the document */
  #drawnRows = [];
  #run = { from: 0, to: 0, around: 0 };
  /** @type {number | null} the index of the row that is about to get the focus */
  #revealed = null;
  /** The index of the row that had the focus when drawing began, or -1. */
  #focused = -1;

  connected() {
    this.setAttribute('role', 'list');
    this.#drag = new RowDrag(this, this.app);
    // Captured: the event of the scroller, whichever it is, does not bubble.
    document.addEventListener('scroll', this.#scrolled, { capture: true, passive: true });
    addEventListener('resize', this.#scrolled);
    this.addEventListener('pointerover', this.#showActions);
    this.addEventListener('focusin', this.#showActions);
  }

  disconnected() {
    this.#drag?.stop();
    document.removeEventListener('scroll', this.#scrolled, { capture: true });
    removeEventListener('resize', this.#scrolled);
    for (const { timer } of this.#lingering.values()) clearTimeout(timer);
  }

  /** Rows above and below the view may be missing: add them before they are seen. */
  #scrolled = () => {
    if (this.props.windowed && isNearGap(this.#offsets, this.#run, this.#view())) this.redraw();
  };

  /**
   * A row has the pointer or the focus.
   * @param {Event} event
   */
  #showActions = ({ target }) => {
    if (target instanceof Element) rowOf(target, this)?.showActions();
  };

  /** Return what is in view, in pixels from the top of the list. */
  #view() {
    const { top, bottom } = viewOf(scrollerOf(this));
    const own = this.getBoundingClientRect().top;
    return { top: top - own, bottom: bottom - own };
  }

  drawn() {
    afterDrawing((tops) => this.#settle(tops));
  }

  render() {
    const focused = document.activeElement;
    // Whoever types a title types on: in another row the letters would be commands.
    const isTyping = this.app.ui.editing !== null && focused?.matches('.row-field');
    this.#focused = isTyping ? -1 : this.indexOf(rowOf(focused, this)?.dataset.todo ?? '');
    this.todos = this.#withLingering();
    if (!this.props.windowed) return this.todos.map((todo) => this.#row(todo));
    this.#offsets = this.#heights.offsets(this.todos);
    this.#run = runInView(this.#offsets, this.#run, this.#view());
    const count = this.todos.length;
    const parts = partsOf(this.#offsets, this.#run, this.#kept());
    this.#drawnRows = parts.flatMap((part) => ('row' in part ? [part.row] : []));
    let gaps = 0;
    return parts.map((part) =>
      'gap' in part ? gap(part.gap, gaps++) : this.#row(this.todos[part.row], {
        'aria-setsize': count,
        'aria-posinset': part.row + 1,
      })
    );
  }

  /**
   * @param {Todo} todo
   * @param {Record<string, number>} [position] among all rows, as a screen reader says it
   */
  #row(todo, position = {}) {
    const { ui, router: { route }, store, live } = this.app;
    const list = this.state.lists[todo.list_id];
    const content = this.state.contents[todo.list_id];
    const mine = own(this.state.labelled, todo.id);
    return h('ll-todo-row', {
      key: store.firstId(todo.id),
      role: 'listitem',
      todo,
      editing: ui.editing === todo.id,
      current: route.todoId !== null && store.realId(route.todoId) === todo.id,
      mayEdit: canEdit(this.state, todo.list_id),
      listName: this.props.showList && list ? listName(list) : null,
      listColour: list?.colour ?? null,
      day: this.props.day ?? null,
      subtasks: subtaskCount(this.state, todo),
      isReminded: remindersOf(this.state, todo.id).some(({ state }) => state === 'scheduled'),
      editors: live?.presence.editors[todo.id],
      selected: ui.selection.ids.has(todo.id),
      selecting: ui.selection.ids.size > 0 && canEdit(this.state, todo.list_id),
      unsent: unsentMark(this.app, todo.id),
      onTick: () => this.#tick(todo),
      usesLabels: todo.labels.length > 0 && content?.labels,
      usesOwnLabels: mine && this.state.personalLabels,
      usesMine: mine,
      usesMembers: todo.assignees.length > 0 && content?.members,
      usesMinute: todo.due && Math.floor(Date.now() / 60_000),
      ...position,
    });
  }

  #withLingering() {
    const { todos } = this.props;
    if (this.#lingering.size === 0) return todos;
    const shown = [...todos];
    for (const [id, { at }] of this.#lingering) {
      const todo = findTodo(this.state, id);
      // The props may be older than the state: the todo is still among them then, as open.
      const isListed = todos.some((each) => each.id === id);
      if (todo && !isOpen(todo) && !isListed) shown.splice(Math.min(at, shown.length), 0, todo);
    }
    return shown;
  }

  /** Return the indexes of the rows that must stay in the document wherever the view is. */
  #kept() {
    const { editing, menu } = this.app.ui;
    const ids = [
      rowOf(document.activeElement, this)?.dataset.todo,
      editing,
      menu && 'todoId' in menu ? menu.todoId : null,
      this.#drag?.todoId,
    ];
    const indexes = ids.map((id) => (id ? this.indexOf(id) : -1));
    return [...indexes, this.#revealed ?? -1].filter((index) => index >= 0);
  }

  /**
   * Measure the rows, show where they went, and draw again if rows in view are missing after all.
   * @param {Map<Element, number>} topsBefore
   */
  #settle(topsBefore) {
    if (!this.isConnected) return;
    this.#passFocusOn();
    const rows = this.rows;
    const known = this.#todosBefore;
    // Before the rows are measured: it shows them away from their places.
    this.#drag?.drawn();
    if (known !== this.todos) {
      this.#todosBefore = this.todos;
      animateRows(rows, topsBefore, (row) => known.every(({ id }) => id !== row.dataset.todo));
    }
    if (this.props.windowed) this.#measure(rows);
  }

  /** If the row in focus has left, as a ticked one does, the row in its place gets the focus. */
  #passFocusOn() {
    const at = Math.min(this.#focused, this.todos.length - 1);
    this.#focused = -1;
    if (at >= 0 && document.activeElement === document.body) this.focusRow(at);
  }

  /** @param {TodoRow[]} rows */
  #measure(rows) {
    const heights = rows.map((row) => row.getBoundingClientRect().height);
    if (this.#heights.settle(heights)) this.redraw();
    for (const [at, row] of rows.entries()) {
      this.#heights.measure(row.props.todo.id, heights[at], this.#drawnRows[at]);
    }
    this.#scrolled();
  }

  /** The rows in the document, in order. */
  get rows() {
    return Array.from(this.querySelectorAll('ll-todo-row'));
  }

  /**
   * Return the index of a todo's row, or -1.
   * @param {string} todoId
   */
  indexOf(todoId) {
    return this.todos.findIndex(({ id }) => id === todoId);
  }

  /** Return the index of the first row that is wholly in view, or -1. */
  firstInView() {
    const { top, bottom } = viewOf(scrollerOf(this));
    const row = this.rows.find((each) => {
      const box = each.getBoundingClientRect();
      return box.top >= top && box.bottom <= bottom;
    });
    return row ? this.indexOf(row.props.todo.id) : -1;
  }

  /**
   * Bring a row into view, wherever it is in the list, and give it the focus.
   * @param {number} index
   */
  focusRow(index) {
    const todo = this.todos[index];
    /** @param {TodoRow} row */
    const isWanted = (row) => row.props.todo.id === todo?.id;
    if (todo && !this.rows.some(isWanted)) {
      this.#revealed = index;
      this.draw();
      this.#revealed = null;
    }
    const row = this.rows.find(isWanted);
    row?.scrollIntoView({ block: 'nearest' });
    /** @type {HTMLElement | null | undefined} */
    const button = row?.querySelector('.row-open, .row-field');
    button?.focus({ preventScroll: true });
  }

  /** @param {Todo} todo */
  #tick(todo) {
    // A repeating todo stays; its toast follows when the server has answered.
    const isEnding = isOpen(todo) && !todo.repeat;
    if (isEnding) {
      const timer = setTimeout(() => {
        this.#lingering.delete(todo.id);
        this.redraw();
      }, LINGER_MS);
      this.#lingering.set(todo.id, { timer, at: this.indexOf(todo.id) });
    }
    this.app.actions?.tick(todo.id);
    if (!isEnding) return;
    toastWithUndo(this.app, t('“{todo}” is done.', { todo: shorten(todo.title) }));
  }
}

/**
 * Return what stands for rows that are not in the document.
 * @param {number} height in pixels
 * @param {number} at of the gaps, from the top
 */
const gap = (height, at) =>
  h('div', {
    key: `gap ${at}`,
    class: 'row-gap',
    'aria-hidden': 'true',
    vars: { '--height': `${height}px` },
  });

/**
 * Return the row that an element is in, if it is one of the list.
 * @param {Element | null} element
 * @param {TodoList} list
 */
function rowOf(element, list) {
  const row = element?.closest('ll-todo-row');
  return row && list.contains(row) ? row : null;
}

customElements.define('ll-todo-list', TodoList);
