// Rows in order. Shows where a row went when others move it, and lets hands and keys move it.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { RowDrag } from './row_drag.js';
import { subtaskCounts } from '../../store/select.js';
import { isOpen } from '../../sync/state.js';
import { undo } from '../shell/keyboard.js';
import { shorten } from '../../format/shorten.js';
import './todo_row.js';

const MOVE_MS = 150;
// A ticked row stays this long where it was: long enough to see the tick, and to take it back.
const LINGER_MS = 700;
// Measuring more rows than this costs more than the motion explains.
const MOVING_ROWS = 150;

class TodoList extends View {
  #tops = new Map();
  #lingering = new Map();
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
    this.#glide();
  }

  render() {
    const { ui, router: { route } } = this.app;
    const todos = this.#withLingering();
    const counts = {};
    for (const listId of new Set(todos.map((todo) => todo.list_id))) {
      counts[listId] = subtaskCounts(this.state, listId);
    }
    const openId = route.todoId && this.app.store.realId(route.todoId);
    return todos.map((todo) => {
      const count = counts[todo.list_id][todo.id];
      return h('ll-todo-row', {
        key: this.#keyOf(todo.id),
        role: 'listitem',
        todo,
        editing: ui.editing === todo.id,
        current: openId === todo.id,
        showList: Boolean(this.props.showList),
        day: this.props.day ?? null,
        subtasks: count ?? null,
        onTick: () => this.#tick(todo),
        // The row draws from these as well: naming them makes it draw again when they change.
        content: this.state.contents[todo.list_id],
        minute: Math.floor(Date.now() / 60_000),
        mine: this.state.reminders,
        list: this.state.lists[todo.list_id]?.role,
        editors: this.app.live?.presence.editors[todo.id],
      });
    });
  }

  /** A row keeps its element when its provisional id becomes a real one. */
  #keyOf(todoId) {
    for (const [from, to] of this.app.store.aliases) if (to === todoId) return from;
    return todoId;
  }

  #withLingering() {
    const { todos } = this.props;
    if (this.#lingering.size === 0) return todos;
    const present = new Set(todos.map(({ id }) => id));
    const shown = [...todos];
    for (const [id, { at }] of this.#lingering) {
      const todo = !present.has(id) && this.app.store.shown && this.#find(id);
      if (todo && !isOpen(todo)) shown.splice(Math.min(at, shown.length), 0, todo);
    }
    return shown;
  }

  #find(id) {
    for (const content of Object.values(this.state.contents)) {
      if (content.todos[id]) return content.todos[id];
    }
    return null;
  }

  #tick(todo) {
    // One that repeats stays; what comes next is said once the server has (occurrence_toasts.js).
    if (isOpen(todo) && !todo.repeat) {
      const timer = setTimeout(() => {
        this.#lingering.delete(todo.id);
        this.redraw();
      }, LINGER_MS);
      this.#lingering.set(todo.id, {
        timer,
        at: this.props.todos.findIndex(({ id }) => id === todo.id),
      });
      this.app.ui.toast(`“${shorten(todo.title)}” is done.`, {
        action: 'Undo',
        run: () => undo(this.app),
        slot: 'tick',
      });
    }
    this.app.actions.tick(todo.id);
  }

  #moves() {
    return this.children.length <= MOVING_ROWS &&
      !matchMedia('(prefers-reduced-motion: reduce)').matches;
  }

  #measure() {
    if (!this.isConnected || !this.#moves()) return new Map();
    return new Map([...this.children].map((row) => [row, row.offsetTop]));
  }

  /** Rows that are elsewhere now glide there from where they were; new ones fade in. */
  #glide() {
    if (this.#tops.size === 0) return;
    for (const row of this.children) {
      const before = this.#tops.get(row);
      if (before === undefined) {
        row.animate([{ opacity: 0 }, { opacity: 1 }], { duration: MOVE_MS, easing: 'ease-out' });
      } else if (before !== row.offsetTop) {
        row.animate([{ transform: `translateY(${before - row.offsetTop}px)` }, {
          transform: 'none',
        }], { duration: MOVE_MS, easing: 'ease-out' });
      }
    }
  }
}

customElements.define('ll-todo-list', TodoList);
