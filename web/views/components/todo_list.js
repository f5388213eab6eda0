// Rows of todos, in order. Animates a row that moves; the user moves rows by drag and by key.

import { shorten } from '../../format/shorten.js';
import { subtaskCounts } from '../../store/queries.js';
import { findTodo, isOpen } from '../../sync/state.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { undo } from '../shell/keyboard.js';
import { RowDrag } from './row_drag.js';
import './todo_row.js';

/**
 * @import { Todo } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

/**
 * @typedef {object} TodoListProps
 * @property {Todo[]} todos
 * @property {boolean} [sortable]
 * @property {boolean} [showList]
 * @property {string | null} [day] the day of the section the rows are in
 */

const MOVE_MS = 150;
// How long a ticked row stays in the list: long enough to see the tick and to undo it.
const LINGER_MS = 700;
// Measuring more rows than this costs more than the motion explains.
const MOVING_ROWS = 150;

/** @extends {View<TodoListProps & UsedProps>} */
export class TodoList extends View {
  /** @type {Map<Element, number>} the offset of each row before the drawing, in pixels */
  #tops = new Map();
  /**
   * Ticked todos that are still shown, by id. `at`: the index of the row.
   * @type {Map<string, {timer: ReturnType<typeof setTimeout>, at: number}>}
   */
  #lingering = new Map();
  /** @type {RowDrag | null} */
  #drag = null;

  connected() {
    this.setAttribute('role', 'list');
    if (this.props.sortable) this.#drag = new RowDrag(this, this.app);
  }

  disconnected() {
    this.#drag?.stop();
    for (const { timer } of this.#lingering.values()) clearTimeout(timer);
  }

  draw() {
    this.#tops = this.#measure();
    super.draw();
    this.#animate();
  }

  render() {
    const todos = this.#withLingering();
    const listIds = new Set(todos.map((todo) => todo.list_id));
    const counts = new Map([...listIds].map((id) => [id, subtaskCounts(this.state, id)]));
    return todos.map((todo) => this.#row(todo, counts.get(todo.list_id)?.[todo.id] ?? null));
  }

  /**
   * @param {Todo} todo
   * @param {{done: number, all: number} | null} subtasks
   */
  #row(todo, subtasks) {
    const { ui, router: { route }, store, live } = this.app;
    return h('ll-todo-row', {
      key: store.firstId(todo.id),
      role: 'listitem',
      todo,
      editing: ui.editing === todo.id,
      current: route.todoId !== null && store.realId(route.todoId) === todo.id,
      showList: Boolean(this.props.showList),
      day: this.props.day ?? null,
      subtasks,
      editors: live?.presence.editors[todo.id],
      onTick: () => this.#tick(todo),
      usesContent: this.state.contents[todo.list_id],
      usesMinute: Math.floor(Date.now() / 60_000),
      usesReminders: this.state.reminders,
      usesRole: this.state.lists[todo.list_id]?.role,
    });
  }

  #withLingering() {
    const { todos } = this.props;
    if (this.#lingering.size === 0) return todos;
    const present = new Set(todos.map(({ id }) => id));
    const shown = [...todos];
    for (const [id, { at }] of this.#lingering) {
      const todo = present.has(id) ? null : findTodo(this.state, id);
      if (todo && !isOpen(todo)) shown.splice(Math.min(at, shown.length), 0, todo);
    }
    return shown;
  }

  /** @param {Todo} todo */
  #tick(todo) {
    // A repeating todo stays; its toast follows when the server has answered.
    if (isOpen(todo) && !todo.repeat) {
      const timer = setTimeout(() => {
        this.#lingering.delete(todo.id);
        this.redraw();
      }, LINGER_MS);
      const at = this.props.todos.findIndex(({ id }) => id === todo.id);
      this.#lingering.set(todo.id, { timer, at });
      this.app.ui.toast(`“${shorten(todo.title)}” is done.`, {
        action: 'Undo',
        run: () => undo(this.app),
        slot: 'tick',
      });
    }
    this.app.actions?.tick(todo.id);
  }

  get #isAnimated() {
    return this.children.length <= MOVING_ROWS &&
      !matchMedia('(prefers-reduced-motion: reduce)').matches;
  }

  get #rows() {
    return [...this.children].filter((row) => row instanceof HTMLElement);
  }

  #measure() {
    if (!this.isConnected || !this.#isAnimated) return new Map();
    return new Map(this.#rows.map((row) => [row, row.offsetTop]));
  }

  /** Slide rows from their previous offset to the present one; fade new rows in. */
  #animate() {
    if (this.#tops.size === 0) return;
    const timing = { duration: MOVE_MS, easing: 'ease-out' };
    for (const row of this.#rows) {
      const before = this.#tops.get(row);
      if (before === undefined) {
        row.animate([{ opacity: 0 }, { opacity: 1 }], timing);
      } else if (before !== row.offsetTop) {
        const transform = `translateY(${before - row.offsetTop}px)`;
        row.animate([{ transform }, { transform: 'none' }], timing);
      }
    }
  }
}

customElements.define('ll-todo-list', TodoList);
