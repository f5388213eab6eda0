// Dragging a row: at once with a mouse, after a long press with a finger. Dropping between rows
// reorders, dropping on a list of the side bar moves it there.

// Further than a shaky click, shorter than an intention.
const SLOP_PX = 6;
const LONG_PRESS_MS = 350;

export class RowDrag {
  #row = null;
  #start = null;
  #active = false;
  #timer = null;
  #target = null;

  /** @param {HTMLElement} list @param {import('../../app.js').App} app */
  constructor(list, app) {
    this.list = list;
    this.app = app;
    list.addEventListener('pointerdown', this.#down);
    list.addEventListener('touchmove', this.#holdScroll, { passive: false });
  }

  stop() {
    this.list.removeEventListener('pointerdown', this.#down);
    this.list.removeEventListener('touchmove', this.#holdScroll);
    this.#end();
  }

  #holdScroll = (event) => {
    if (this.#active) event.preventDefault();
  };

  #down = (event) => {
    const row = event.target.closest('ll-todo-row');
    if (!row || event.button !== 0 || event.target.closest('input, .check, .row-actions')) return;
    this.#row = row;
    this.#start = { x: event.clientX, y: event.clientY };
    if (event.pointerType === 'touch') this.#timer = setTimeout(() => this.#begin(), LONG_PRESS_MS);
    document.addEventListener('pointermove', this.#move);
    document.addEventListener('pointerup', this.#up);
    document.addEventListener('pointercancel', this.#cancel);
    document.addEventListener('keydown', this.#key, true);
  };

  #move = (event) => {
    const dx = event.clientX - this.#start.x;
    const dy = event.clientY - this.#start.y;
    if (!this.#active) {
      if (Math.hypot(dx, dy) < SLOP_PX) return;
      // A finger that moves before the long press is scrolling.
      if (event.pointerType === 'touch') return this.#end();
      this.#begin();
    }
    this.#row.style.setProperty('transform', `translate(${dx}px, ${dy}px)`);
    this.#aim(event.clientX, event.clientY);
  };

  #begin() {
    this.#active = true;
    this.#row.classList.add('is-dragged');
    document.documentElement.classList.add('is-dragging');
    navigator.vibrate?.(8);
  }

  #aim(x, y) {
    this.#unmark();
    const list = document.elementsFromPoint(x, y).find((element) =>
      element.closest?.('[data-drop-list]')
    )?.closest('[data-drop-list]');
    if (list) {
      this.#target = { list: list.dataset.dropList };
      list.classList.add('is-target');
      return;
    }
    const others = [...this.list.children].filter((row) => row !== this.#row);
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
    const todoId = this.#row?.dataset.todo;
    const dropped = this.#active;
    this.#end();
    if (!dropped) return;
    // The click that follows a drop is not a click on the row.
    document.addEventListener('click', swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener('click', swallow, { capture: true }), 0);
    if (!target) return;
    const { list, ...place } = target;
    this.app.actions.moveTodo(todoId, list ? { to_list: list } : place);
  };

  #cancel = () => this.#end();

  #key = (event) => {
    if (event.key !== 'Escape' || !this.#active) return;
    event.stopPropagation();
    this.#end();
  };

  #end() {
    clearTimeout(this.#timer);
    document.removeEventListener('pointermove', this.#move);
    document.removeEventListener('pointerup', this.#up);
    document.removeEventListener('pointercancel', this.#cancel);
    document.removeEventListener('keydown', this.#key, true);
    this.#unmark();
    this.#row?.style.removeProperty('transform');
    this.#row?.classList.remove('is-dragged');
    document.documentElement.classList.remove('is-dragging');
    this.#row = null;
    this.#active = false;
  }
}

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}
