// What is open, for a moment: menus, dialogs, notes at the foot of the page. Nothing here is kept.

const TOAST_MS = 6_000;

export class Ui {
  /** @type {{kind: string, anchor: Element, [more: string]: any} | null} */
  menu = null;
  /** @type {{kind: string, [more: string]: any} | null} */
  dialog = null;
  drawer = false;
  editing = null;
  /** @type {{id: number, words: string, action?: string, run?: () => void, tone?: string}[]} */
  toasts = [];
  #next = 1;
  #returnTo = null;

  constructor(announce) {
    this.announce = announce;
  }

  set(changes) {
    Object.assign(this, changes);
    this.announce();
  }

  openMenu(kind, anchor, more = {}) {
    this.set({ menu: { kind, anchor, ...more } });
  }

  /** Focus goes back to what opened the menu, unless it is gone. */
  closeMenu() {
    const anchor = this.menu?.anchor;
    this.set({ menu: null });
    if (anchor?.isConnected) anchor.focus({ preventScroll: true });
  }

  openDialog(kind, more = {}) {
    if (!this.dialog) this.#returnTo = document.activeElement;
    this.set({ dialog: { kind, ...more }, menu: null });
  }

  closeDialog() {
    this.set({ dialog: null });
    if (this.#returnTo?.isConnected) this.#returnTo.focus({ preventScroll: true });
    this.#returnTo = null;
  }

  toast(words, { action, run, tone = 'plain', stays = false, slot = null } = {}) {
    const id = this.#next++;
    this.set({
      toasts: [...this.toasts.filter((toast) => !slot || toast.slot !== slot).slice(-2), {
        id,
        words,
        action,
        run,
        tone,
        slot,
      }],
    });
    if (!stays) setTimeout(() => this.dismiss(id), TOAST_MS);
  }

  /** Takes away the notes of these slots. */
  clear(slots) {
    if (this.toasts.some(({ slot }) => slots.includes(slot))) {
      this.set({ toasts: this.toasts.filter(({ slot }) => !slots.includes(slot)) });
    }
  }

  dismiss(id) {
    this.set({ toasts: this.toasts.filter((toast) => toast.id !== id) });
  }
}
