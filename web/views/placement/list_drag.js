// Dragging lists and folders of the side bar: at once with a mouse, after a long press with a
// finger. A list goes between others, into a folder or out of it; a folder between folders.

import { t } from '../../languages/translate.js';
import { shorten } from '../../format/shorten.js';
import { swallowClick } from '../base/drag_end.js';
import { View } from '../base/view.js';
import { scrollSpeed } from '../components/dragging/scroll_speed.js';
import { toastWithUndo } from '../shell/undo_toasts.js';

/**
 * @import { PlacementBody, FolderEditBody } from '../../types/contract.d.ts'
 * @typedef {{x: number, y: number}} Point in pixels of the window
 * @typedef {{list: PlacementBody} | {folder: FolderEditBody}} Target
 */

// As for rows: further than a shaky click, shorter than an intended drag.
const SLOP_PX = 6;
const LONG_PRESS_MS = 350;
const MARKS = ['drop-before', 'drop-after', 'is-target'];

/** @extends {View<{}>} */
export class ListDrag extends View {
  /** @type {HTMLElement | null} the pressed row */
  #row = null;
  /** @type {Point} where the press began */
  #from = { x: 0, y: 0 };
  /** @type {Point} where the pointer is */
  #pointer = { x: 0, y: 0 };
  #scrolledBy = 0;
  #active = false;
  /** @type {Target | null} */
  #target = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #frame = 0;
  /** @type {HTMLElement | null} */
  #area = null;

  connected() {
    this.#area = this.closest('ll-side-lists');
    this.#area?.addEventListener('pointerdown', this.#down);
    this.#area?.addEventListener('touchmove', this.#preventWhileActive, { passive: false });
    this.#area?.addEventListener('contextmenu', this.#preventWhileActive);
  }

  disconnected() {
    this.#end();
    this.#area?.removeEventListener('pointerdown', this.#down);
    this.#area?.removeEventListener('touchmove', this.#preventWhileActive);
    this.#area?.removeEventListener('contextmenu', this.#preventWhileActive);
  }

  /** @param {Event} event */
  #preventWhileActive = (event) => {
    if (this.#active) event.preventDefault();
  };

  /** @param {PointerEvent} event */
  #down = (event) => {
    const pressed = event.target instanceof Element ? event.target : null;
    const row = pressed?.closest('[data-place-list], [data-place-folder]');
    if (!(row instanceof HTMLElement) || event.button !== 0) return;
    if (pressed?.closest('.side-more')) return;
    this.#row = row;
    this.#from = this.#pointer = { x: event.clientX, y: event.clientY };
    if (event.pointerType === 'touch') this.#timer = setTimeout(() => this.#begin(), LONG_PRESS_MS);
    document.addEventListener('pointermove', this.#move);
    document.addEventListener('pointerup', this.#up);
    document.addEventListener('pointercancel', this.#cancel);
    document.addEventListener('keydown', this.#handleKey, true);
  };

  /** @param {PointerEvent} event */
  #move = (event) => {
    this.#pointer = { x: event.clientX, y: event.clientY };
    if (!this.#active) {
      const { x, y } = this.#from;
      if (Math.hypot(event.clientX - x, event.clientY - y) < SLOP_PX) return;
      // A finger that moves before the long press is scrolling.
      if (event.pointerType === 'touch') return this.#end();
      this.#begin();
    }
    this.#follow();
  };

  #begin() {
    this.#active = true;
    this.#scrolledBy = 0;
    this.#row?.classList.add('is-dragged');
    document.documentElement.classList.add('is-dragging');
    navigator.vibrate?.(8);
    this.#frame = requestAnimationFrame(this.#scrollAtEdge);
  }

  #scrollAtEdge = () => {
    const scroller = this.closest('.side-nav');
    if (scroller) {
      const before = scroller.scrollTop;
      scroller.scrollTop += scrollSpeed(this.#pointer.y, scroller.getBoundingClientRect());
      this.#scrolledBy += scroller.scrollTop - before;
      if (scroller.scrollTop !== before) this.#follow();
    }
    this.#frame = requestAnimationFrame(this.#scrollAtEdge);
  };

  /** Show the row under the pointer, and mark where a drop goes. */
  #follow() {
    const down = this.#pointer.y - this.#from.y + this.#scrolledBy;
    this.#row?.style.setProperty('transform', `translateY(${down}px)`);
    this.#unmark();
    this.#target = this.#row?.dataset.placeList ? this.#aimList() : this.#aimFolder();
  }

  /** @returns {Target | null} */
  #aimList() {
    const rows = this.#all('[data-place-list], [data-place-folder], .side-title[data-group]')
      .filter((row) => row !== this.#row);
    const row = nearest(rows, this.#pointer.y);
    if (!row) return null;
    const { placeList: id, placeFolder, group } = row.dataset;
    if (!id) {
      row.classList.add('is-target');
      return { list: { folder_id: placeFolder ?? null, favourite: false } };
    }
    const isBefore = this.#mark(row);
    const beside = isBefore ? { before_list_id: id } : { after_list_id: id };
    // Among the favourites it stays in its folder, where it goes back to.
    if (group === 'favourites') return { list: { favourite: true, ...beside } };
    return { list: { favourite: false, folder_id: group || null, ...beside } };
  }

  /** @returns {Target | null} */
  #aimFolder() {
    const rows = this.#all('[data-place-folder]').filter((row) => row !== this.#row);
    const row = nearest(rows, this.#pointer.y);
    if (!row) return null;
    const id = row.dataset.placeFolder;
    const isBefore = this.#mark(row);
    return { folder: isBefore ? { before_folder_id: id } : { after_folder_id: id } };
  }

  /** @param {HTMLElement} row */
  #mark(row) {
    const { top, height } = row.getBoundingClientRect();
    const isBefore = this.#pointer.y < top + height / 2;
    row.classList.add(isBefore ? 'drop-before' : 'drop-after');
    return isBefore;
  }

  /**
   * @param {string} selector
   * @returns {HTMLElement[]}
   */
  #all(selector) {
    return [...this.#area?.querySelectorAll(selector) ?? []]
      .filter((row) => row instanceof HTMLElement);
  }

  #unmark() {
    this.#target = null;
    for (const row of this.#all(MARKS.map((mark) => `.${mark}`).join())) {
      row.classList.remove(...MARKS);
    }
  }

  #up = () => {
    const target = this.#target;
    const { placeList = '', placeFolder = '' } = this.#row?.dataset ?? {};
    const isDrop = this.#active;
    this.#end();
    if (!isDrop) return;
    swallowClick();
    if (!target) return;
    if ('folder' in target) this.app.actions?.editFolder(placeFolder, target.folder);
    else {
      this.app.actions?.placeList(placeList, target.list);
      const name = shorten(this.state.lists[placeList]?.name ?? '');
      toastWithUndo(this.app, t('“{name}” was moved.', { name }));
    }
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
    cancelAnimationFrame(this.#frame);
    document.removeEventListener('pointermove', this.#move);
    document.removeEventListener('pointerup', this.#up);
    document.removeEventListener('pointercancel', this.#cancel);
    document.removeEventListener('keydown', this.#handleKey, true);
    this.#unmark();
    this.#row?.style.removeProperty('transform');
    this.#row?.classList.remove('is-dragged');
    document.documentElement.classList.remove('is-dragging');
    this.#row = null;
    this.#active = false;
  }
}

/**
 * Return the row at a height, or else the one that is nearest to it.
 * @param {HTMLElement[]} rows
 * @param {number} y
 */
function nearest(rows, y) {
  /** @param {HTMLElement} row */
  const distance = (row) => {
    const { top, bottom } = row.getBoundingClientRect();
    return y < top ? top - y : Math.max(0, y - bottom);
  };
  return rows.reduce(
    (best, row) => (!best || distance(row) < distance(best) ? row : best),
    /** @type {HTMLElement | null} */ (null),
  );
}

customElements.define('ll-list-drag', ListDrag);
