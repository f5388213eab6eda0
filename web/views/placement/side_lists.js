// The user's lists in the side bar: favourites, lists in no folder, folders, and archived lists.
// Lists and folders can be dragged, and moved by the keys and by their menus.

import { t } from '../../languages/translate.js';
import { archivedLists, may } from '../../store/queries.js';
import { placedLists } from '../../store/placement/my_lists.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { loadTools, pageTools, withTools } from '../shell/tools_loading.js';
import { archiveWithUndo } from '../shell/undo_toasts.js';
import { collapsedFolders, setCollapsed } from './collapsed_folders.js';
import { listLink, openCount } from './list_link.js';

/**
 * @import { FolderShape, MyListShape } from '../../types/contract.d.ts'
 */

/** @extends {View<{}>} */
export class SideLists extends View {
  static watches = true;
  #archiveOpen = false;
  #collapsed = collapsedFolders();

  connected() {
    // Dragging is a tool. A pointer is here before it can press.
    this.addEventListener('pointerover', this.#load, { once: true });
    this.addEventListener('keydown', this.#handleKey);
  }

  #load = () => {
    if (!pageTools()) loadTools(this.app);
  };

  disconnected() {
    this.removeEventListener('keydown', this.#handleKey);
  }

  render() {
    const { favourites, loose, folders } = placedLists(this.state);
    const isEmpty = favourites.length + loose.length + folders.length === 0;
    return [
      favourites.length > 0 ? heading(t('Favourites')) : null,
      favourites.map((list) => this.#row(list, 'favourites')),
      this.#listsHeading(),
      loose.map((list) => this.#row(list, '')),
      isEmpty ? this.#firstList() : null,
      folders.map(({ folder, lists }) => this.#folder(folder, lists)),
      this.#archive(),
      h('ll-list-drag', { key: 'drag' }),
    ];
  }

  #listsHeading() {
    const { ui } = this.app;
    return h(
      'div',
      { key: 'lists', class: 'side-title', 'data-group': '' },
      h('h2', null, t('Lists')),
      h(
        'span',
        { class: 'side-tools' },
        h('button', {
          class: 'icon-button small',
          'aria-label': t('New folder'),
          title: t('New folder'),
          onClick: () => ui.openDialog({ kind: 'folder' }),
        }, icon('folder')),
        h('button', {
          class: 'icon-button small',
          'aria-label': t('New list'),
          title: t('New list'),
          onClick: this.#makeList,
        }, icon('plus')),
      ),
    );
  }

  #makeList = () => this.app.ui.openDialog({ kind: 'list' });

  /**
   * @param {FolderShape} folder
   * @param {Element} anchor
   */
  #openFolderMenu(folder, anchor) {
    this.app.ui.openMenu({ kind: 'folder', anchor, folderId: folder.id });
  }

  #firstList() {
    return h(
      'button',
      {
        key: 'first',
        class: 'side-link quiet',
        onClick: this.#makeList,
      },
      icon('plus'),
      h('span', { class: 'side-name' }, t('Make your first list')),
    );
  }

  /**
   * @param {MyListShape} list
   * @param {string} group `favourites`, a folder's id, or empty for lists in no folder
   */
  #row(list, group) {
    return h(
      'div',
      {
        key: this.app.store.firstId(list.id),
        class: 'side-item',
        'data-place-list': list.id,
        'data-group': group,
      },
      listLink(this.app, list),
      h('button', {
        class: 'icon-button small side-more',
        'aria-label': t('More about {name}', { name: list.name }),
        onClick: ({ currentTarget: anchor }) =>
          this.app.ui.openMenu({ kind: 'list', anchor, listId: list.id }),
      }, icon('more')),
    );
  }

  /**
   * @param {FolderShape} folder
   * @param {MyListShape[]} lists
   */
  #folder(folder, lists) {
    const isOpen = !this.#collapsed.has(folder.id);
    const more = h('button', {
      class: 'icon-button small side-more',
      'aria-label': t('More about {name}', { name: folder.name }),
      onClick: (event) => this.#openFolderMenu(folder, event.currentTarget),
    }, icon('more'));
    return h(
      'section',
      { key: folder.id, class: 'side-folder', 'aria-label': folder.name },
      h(
        'div',
        { class: 'side-item', 'data-place-folder': folder.id },
        this.#toggle(folder, lists, isOpen),
        more,
      ),
      isOpen
        ? h(
          'div',
          { id: idOf(folder), class: 'side-inside' },
          lists.map((list) => this.#row(list, folder.id)),
          lists.length === 0 ? h('p', { class: 'side-empty' }, t('No lists in here yet')) : null,
        )
        : null,
    );
  }

  /**
   * @param {FolderShape} folder
   * @param {MyListShape[]} lists
   * @param {boolean} isOpen
   */
  #toggle(folder, lists, isOpen) {
    return h(
      'button',
      {
        class: 'side-link',
        'aria-expanded': String(isOpen),
        'aria-controls': isOpen ? idOf(folder) : undefined,
        onClick: () => {
          this.#collapsed = setCollapsed(folder.id, isOpen);
          this.draw();
        },
      },
      icon(isOpen ? 'down' : 'right'),
      h('span', { class: 'side-name' }, folder.name),
      isOpen ? null : openCount(lists.reduce((sum, list) => sum + list.open_count, 0)),
    );
  }

  #archive() {
    const lists = archivedLists(this.state);
    if (lists.length === 0) return null;
    return h(
      'section',
      { key: 'archive', class: 'side-archive', 'aria-label': t('Archived') },
      h(
        'button',
        {
          class: 'side-link quiet',
          'aria-expanded': String(this.#archiveOpen),
          onClick: () => {
            this.#archiveOpen = !this.#archiveOpen;
            this.draw();
          },
        },
        icon('archive'),
        h('span', { class: 'side-name' }, t('Archived')),
      ),
      this.#archiveOpen ? lists.map((list) => this.#archived(list)) : null,
    );
  }

  /** @param {MyListShape} list */
  #archived(list) {
    const restore = () => archiveWithUndo(this.app, list, false);
    const label = t('Restore {name}', { name: list.name });
    return h(
      'div',
      { key: list.id, class: 'side-item' },
      listLink(this.app, list),
      may(this.state, list.id, 'edit_list')
        ? h('button', {
          class: 'link side-restore',
          'aria-label': label,
          title: label,
          onClick: restore,
        }, t('Restore'))
        : null,
    );
  }

  /** @param {KeyboardEvent} event */
  #handleKey = (event) => {
    const isArrow = event.key === 'ArrowUp' || event.key === 'ArrowDown';
    if (!event.altKey || !isArrow || !(event.target instanceof Element)) return;
    const item = event.target.closest('.side-item');
    if (!(item instanceof HTMLElement)) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.key === 'ArrowUp' ? -1 : 1;
    withTools(this.app, (tools) => tools.stepInSideBar(this.app, item.dataset, step));
  };
}

/** @param {FolderShape} folder */
const idOf = (folder) => `folder-${folder.id}`;

/** @param {string} text */
const heading = (text) => h('div', { key: text, class: 'side-title' }, h('h2', null, text));

customElements.define('ll-side-lists', SideLists);
