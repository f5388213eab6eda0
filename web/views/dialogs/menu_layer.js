// The open menu, of which there is at most one: placed beside the element that opened it, or as a
// sheet at the bottom edge of a phone. A native popover: Escape and a click elsewhere close it.

import { searchKey } from '../../format/folding.js';
import { findTodo } from '../../sync/state.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import '../shell/notification_panel.js';
import './due_picker.js';
import { menuName } from './menu_name.js';
import './reminder_menu.js';
import './repeat_menu.js';
import './todo_menus.js';

/**
 * @import { App } from '../../app.js'
 * @import { Menu } from '../../types/client.d.ts'
 * @import { ElementDescription } from '../../types/dom.d.ts'
 */

const MARGIN = 8;

/** @extends {View<{}>} */
export class MenuLayer extends View {
  static watches = true;
  /** @type {Menu | null} */
  #shownFor = null;
  /** What was typed to narrow the items down. */
  #typed = '';
  /** What a menu shows may grow beyond the foot of the page: there is more room above. */
  #growth = new ResizeObserver(([{ target }]) => {
    const { menu } = this.app.ui;
    if (!menu || !(target instanceof HTMLElement) || !target.isConnected) return;
    if (target.scrollHeight > target.clientHeight) place(target, menu);
  });

  render() {
    const { menu } = this.app.ui;
    const content = menu && this.#content(menu);
    if (!content) return [];
    return [h(
      'div',
      {
        key: menuKey(this.app, menu),
        class: 'menu',
        popover: 'auto',
        role: 'dialog',
        'aria-label': menuName(this.app, menu),
        // Not `toggle`: it comes a task later, and a key pressed until then would go to the menu
        // instead of the page.
        onBeforetoggle: (event) => {
          if (event.newState === 'closed' && this.app.ui.menu === menu) {
            this.#closed(event.currentTarget);
          }
        },
        onKeydown: (event) => this.#handleKey(event),
      },
      this.#typed ? h('p', { class: 'menu-typed', role: 'status' }, this.#typed) : null,
      content,
    )];
  }

  /**
   * @param {Menu} menu
   * @returns {ElementDescription | null} null if its todo is no longer there
   */
  #content(menu) {
    const common = { usesState: this.state, onDone: () => this.app.ui.closeMenu() };
    if (menu.kind === 'list') return h('ll-list-menu', { ...common, listId: menu.listId });
    if (menu.kind === 'place') return h('ll-list-place', { ...common, listId: menu.listId });
    if (menu.kind === 'folder') return h('ll-folder-menu', { ...common, folderId: menu.folderId });
    if (menu.kind === 'view') return h('ll-view-menu', { ...common, listId: menu.listId });
    if (menu.kind === 'notifications') return h('ll-notification-panel', common);
    if (menu.kind === 'account') return h('ll-account-menu', common);
    const todos = (menu.todoIds ?? [menu.todoId])
      .flatMap((id) => findTodo(this.state, this.app.store.realId(id)) ?? []);
    const [todo] = todos;
    if (!todo) return null;
    const props = { ...common, todo, todos };
    switch (menu.kind) {
      case 'status':
        return h('ll-status-menu', props);
      case 'due':
        return h('ll-due-picker', props);
      case 'repeat':
        return h('ll-repeat-menu', { ...props, due: menu.due ?? null });
      case 'reminder':
        return h('ll-reminder-menu', props);
      case 'priority':
        return h('ll-priority-menu', props);
      case 'labels':
        return h('ll-label-menu', props);
      case 'assignees':
        return h('ll-assignee-menu', props);
      case 'move':
        return h('ll-move-menu', props);
      case 'more':
        return h('ll-more-menu', props);
    }
  }

  drawn() {
    const { menu } = this.app.ui;
    const box = this.firstElementChild;
    const isShown = this.#shownFor === menu;
    if (!isShown) this.#typed = '';
    this.#shownFor = menu;
    if (isShown) this.#hideOthers();
    if (!menu || isShown || !(box instanceof HTMLElement)) return;
    box.showPopover();
    place(box, menu);
    this.#growth.disconnect();
    this.#growth.observe(box);
    const first = box.querySelector('[autofocus]') ?? box.querySelector('button');
    if (first instanceof HTMLElement) first.focus();
  }

  /**
   * The browser closed the menu. If a click elsewhere gave the focus to something, it stays there.
   * @param {Element} box
   */
  #closed(box) {
    const focused = document.activeElement;
    const isElsewhere = focused && focused !== document.body && !box.contains(focused);
    if (isElsewhere) this.app.ui.set({ menu: null });
    else this.app.ui.closeMenu();
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this.app.ui.closeMenu();
      return;
    }
    if (this.#type(event)) {
      event.preventDefault();
      return;
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const items = [
      ...this.querySelectorAll(
        'button:not(:disabled, [hidden], [tabindex="-1"], .menu-edit), input, select',
      ),
    ];
    const at = items.findIndex((item) => item === document.activeElement);
    const next = items[at + (event.key === 'ArrowDown' ? 1 : -1)];
    if (!(next instanceof HTMLElement)) return;
    event.preventDefault();
    next.focus();
  }

  /**
   * Narrow the items down to those with a word that begins with what was typed. A letter after
   * which no item would be left is ignored.
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key was a part of the text
   */
  #type({ key, target, isComposing, ctrlKey, metaKey, altKey }) {
    if (isComposing || ctrlKey || metaKey || altKey) return false;
    if (!(target instanceof Element) || target.closest('input, select, textarea')) return false;
    const isLetter = key.length === 1 && (key !== ' ' || this.#typed !== '');
    const isErasing = key === 'Backspace' && this.#typed !== '';
    if (!isLetter && !isErasing) return false;
    const typed = isErasing ? this.#typed.slice(0, -1) : this.#typed + key;
    const first = [...this.#items()].find((item) => hasWord(item, typed));
    if (first) {
      this.#typed = typed;
      this.draw();
      first.focus();
    }
    return true;
  }

  #hideOthers() {
    for (const item of this.#items()) item.hidden = !hasWord(item, this.#typed);
  }

  /** @returns {NodeListOf<HTMLElement>} */
  #items() {
    return this.querySelectorAll('.menu-item');
  }
}

/**
 * @param {Element} item
 * @param {string} typed the beginning of a word
 */
function hasWord(item, typed) {
  const label = item.querySelector('.menu-label')?.textContent ?? '';
  return ` ${searchKey(label)}`.includes(` ${searchKey(typed)}`);
}

/**
 * Return the key of a menu. A menu stays open when what it is about gets its real id.
 * @param {App} app
 * @param {Menu} menu
 */
function menuKey({ store }, menu) {
  if (menu.kind === 'notifications' || menu.kind === 'account') return menu.kind;
  if (menu.kind === 'folder') return `folder ${menu.folderId}`;
  return `${menu.kind} ${store.firstId('listId' in menu ? menu.listId : menu.todoId)}`;
}

/**
 * Place a menu at its point or below its anchor, or above it where there is more room.
 * @param {HTMLElement} box
 * @param {Menu} menu
 */
function place(box, { anchor, at }) {
  const from = at ? new DOMRect(at.x, at.y) : anchor.getBoundingClientRect();
  // Where it was before limits its height.
  box.style.removeProperty('--top');
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

customElements.define('ll-menu-layer', MenuLayer);
