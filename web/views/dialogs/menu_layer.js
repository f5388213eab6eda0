// The one open menu, beside what opened it; a sheet from below on a phone. Native popover: Esc and
// a click elsewhere close it.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { findTodo } from '../../sync/state.js';
import './due_picker.js';
import './repeat_menu.js';
import './todo_menus.js';
import './list_menu.js';
import '../shell/notification_panel.js';

const VIEWS = {
  due: 'll-due-picker',
  repeat: 'll-repeat-menu',
  reminder: 'll-reminder-menu',
  priority: 'll-priority-menu',
  labels: 'll-label-menu',
  assignees: 'll-assignee-menu',
  move: 'll-move-menu',
  more: 'll-more-menu',
  list: 'll-list-menu',
  notifications: 'll-notification-panel',
};
const MARGIN = 8;

class MenuLayer extends View {
  static watches = true;
  #shownFor = null;

  render() {
    const { menu } = this.app.ui;
    if (!menu) return [];
    const todo = menu.todoId ? findTodo(this.state, this.app.store.realId(menu.todoId)) : null;
    if (menu.todoId && !todo) return [];
    return [h(
      'div',
      {
        key: `${menu.kind} ${menu.todoId ?? menu.listId}`,
        class: 'menu',
        popover: 'auto',
        role: 'dialog',
        'aria-label': 'Menu',
        // Before, not after: a key pressed right after closing is meant for the page.
        onBeforetoggle: (event) => {
          if (event.newState === 'closed' && this.app.ui.menu === menu) this.app.ui.closeMenu();
        },
        onKeydown: (event) => this.#key(event),
      },
      h(VIEWS[menu.kind], {
        todo,
        listId: menu.listId,
        due: menu.due ?? null,
        shown: this.state,
        onDone: () => this.app.ui.closeMenu(),
      }),
    )];
  }

  drawn() {
    const { menu } = this.app.ui;
    const box = this.firstElementChild;
    if (!box || this.#shownFor === menu) {
      this.#shownFor = menu;
      return;
    }
    this.#shownFor = menu;
    box.showPopover();
    this.#place(box, menu.anchor);
    (box.querySelector('[autofocus]') ?? box.querySelector('button'))?.focus();
  }

  #place(box, anchor) {
    const from = anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = box;
    const left = Math.max(
      MARGIN,
      Math.min(from.right - Math.min(width, from.width), innerWidth - width - MARGIN),
    );
    const below = from.bottom + 4;
    const top = below + height + MARGIN <= innerHeight
      ? below
      : Math.max(MARGIN, Math.min(from.top - height - 4, innerHeight - height - MARGIN));
    box.style.setProperty('--left', `${left}px`);
    box.style.setProperty('--top', `${top}px`);
  }

  #key(event) {
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this.app.ui.closeMenu();
      return;
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const items = [...this.querySelectorAll('button:not(:disabled), input')];
    const at = items.indexOf(document.activeElement);
    const next = items[at + (event.key === 'ArrowDown' ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}

customElements.define('ll-menu-layer', MenuLayer);
