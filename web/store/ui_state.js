// The overlays that are open now: menu, dialog, drawer, toasts. Lost with the page.

/**
 * @import { Dialog, Menu, Toast, ToastOptions } from '../types/client.d.ts'
 * @import { ListView } from '../types/contract.d.ts'
 * @import { Selection } from './selection.js'
 * @typedef {'menu' | 'dialog' | 'drawer' | 'editing' | 'toasts' | 'selection'} Overlay
 * @typedef {Overlay | 'guestView' | 'said'} Changeable
 */

const TOAST_MS = 6_000;
// With the one that is shown. The last of those that wait is left out: nobody reads more, and the
// page shows what was refused. Failures with the same text, as of a hundred changes, are one.
const MOST_TOASTS = 5;

/** @type {Selection} */
export const NO_SELECTION = { ids: new Set(), anchor: null, base: new Set() };

export class UiState {
  /** @type {Menu | null} */
  menu = null;
  /** @type {Dialog | null} */
  dialog = null;
  drawer = false;
  /** @type {string | null} the list that was just made: its quick add gets the focus */
  newList = null;
  /** @type {string | null} the todo whose title is being edited in its row */
  editing = null;
  selection = NO_SELECTION;
  /** @type {ListView | null} how a guest looks at the list */
  guestView = null;
  /** What a screen reader is told of a change that shows itself. */
  said = '';
  /** The first is shown, until it is dismissed or its time is over. @type {Toast[]} */
  toasts = [];
  /** True while the user points at the toasts, or has the focus in them. Set by their view. */
  isReadingToasts = () => false;
  #nextToast = 1;
  /** The one that is shown, whose time runs. @type {Toast | undefined} */
  #timed;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #toastTimer;
  /** @type {Element | null} what had the focus before the dialog */
  #returnTo = null;

  /** @param {() => void} announce */
  constructor(announce) {
    this.announce = announce;
  }

  /**
   * @param {Partial<Pick<UiState, Changeable>>} changes
   */
  set(changes) {
    Object.assign(this, changes);
    this.#timeShown();
    this.announce();
  }

  /** The session has ended: the next user must see nothing of this one. */
  clearAll() {
    this.newList = this.#returnTo = null;
    const closed = { menu: null, dialog: null, drawer: false, editing: null };
    this.set({ ...closed, toasts: [], said: '', selection: NO_SELECTION });
  }

  /**
   * Replace a provisional id by the real one: what is open stays open.
   * @param {string} from
   * @param {string} to
   */
  rename(from, to) {
    if (this.editing === from) this.editing = to;
    if (this.newList === from) this.newList = to;
    for (const open of [this.menu, this.dialog]) {
      if (open && 'listId' in open && open.listId === from) open.listId = to;
    }
  }

  /** @param {Menu} menu */
  openMenu(menu) {
    this.set({ menu });
  }

  /** Close the menu; the focus returns to what opened it, unless that is gone. */
  closeMenu() {
    const anchor = this.menu?.anchor;
    this.set({ menu: null });
    returnFocus(anchor);
  }

  /** @param {Dialog} dialog */
  openDialog(dialog) {
    if (!this.dialog) this.#returnTo = document.activeElement;
    this.set({ dialog, menu: null });
  }

  closeDialog() {
    this.set({ dialog: null });
    // As long as it is open, nothing below it takes the focus.
    document.querySelector('dialog')?.close();
    returnFocus(this.#returnTo);
    this.#returnTo = null;
  }

  /** Whether something lies above the page. */
  get isCovering() {
    return Boolean(this.menu ?? this.dialog) || this.drawer;
  }

  /** Close the topmost of what lies above the page. Return false if nothing does. */
  closeTopmost() {
    if (!this.isCovering) return false;
    if (this.menu) this.closeMenu();
    else if (this.dialog) this.closeDialog();
    else this.set({ drawer: false });
    return true;
  }

  /**
   * Show a toast in place of the one before, which returns after it if it is a failure or has a
   * button. Only a failure has its time before a message takes its place.
   * @param {string} text
   * @param {ToastOptions} [options] `slot`: replaces the toast of that slot in any case
   */
  toast(text, { action, run, other, tone = 'plain', stays = false, slot = null } = {}) {
    const toast = { id: this.#nextToast++, text, action, run, other, tone, stays, slot };
    const same = this.toasts.find((before) =>
      tone === 'warning' && before.tone === tone && before.text === text
    );
    if (same?.run) {
      toast.run = () => {
        same.run?.();
        run?.();
      };
    }
    const kept = this.toasts.filter((before) =>
      before !== same && (!slot || before.slot !== slot) && (before.action || isImportant(before))
    );
    const [shown] = kept;
    const isRead = shown?.isSeen && !this.isReadingToasts();
    const waits = shown && isImportant(shown) && !isImportant(toast) && !isRead;
    kept.splice(waits ? 1 : 0, 0, toast);
    this.set({ toasts: kept.slice(0, MOST_TOASTS) });
  }

  /** The time of a toast begins whenever it is shown. */
  #timeShown() {
    const [shown] = this.toasts;
    if (shown === this.#timed) return;
    this.#timed = shown;
    clearTimeout(this.#toastTimer);
    if (shown) this.#endLater(shown);
  }

  /**
   * End the time of a toast, but not while the user may be about to press its button. One that
   * stays lets what waits have its time.
   * @param {Toast} shown
   */
  #endLater(shown) {
    this.#toastTimer = setTimeout(() => {
      const isReading = this.isReadingToasts();
      if (!shown.stays && !isReading) return this.dismiss(shown.id);
      shown.isSeen = true;
      const next = this.toasts.find(({ stays }) => !stays);
      if (isReading || !next) this.#endLater(shown);
      else this.set({ toasts: [next, ...this.toasts.filter((toast) => toast !== next)] });
    }, TOAST_MS);
  }

  /**
   * Remove the toasts of these slots.
   * @param {string[]} slots
   */
  clear(slots) {
    /** @param {Toast} toast */
    const isNamed = ({ slot }) => slot !== null && slots.includes(slot);
    if (this.toasts.some(isNamed)) {
      this.set({ toasts: this.toasts.filter((toast) => !isNamed(toast)) });
    }
  }

  /** @param {number} id */
  dismiss(id) {
    this.set({ toasts: this.toasts.filter((toast) => toast.id !== id) });
  }
}

/** @param {Toast} toast */
const isImportant = ({ stays, tone }) => stays || tone === 'warning';

/** @param {Element | null | undefined} element */
function returnFocus(element) {
  if (element instanceof HTMLElement && element.isConnected) element.focus({ preventScroll: true });
}
