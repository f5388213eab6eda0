// The base of every element on the page: props come from above, the store from everywhere; either
// changing draws it again, at most once a frame.

import { patch } from './dom.js';

/** @typedef {import('../../app.js').App} App */

/** Set once by app.js: views reach the store, the verbs and the router through it. */
export const context = /** @type {{app: App}} */ ({ app: null });

export class View extends HTMLElement {
  /** Whether the store changing is a reason to draw again. */
  static watches = false;
  #props = {};
  #asked = false;

  get props() {
    return this.#props;
  }

  set props(next) {
    const changed = !sameProps(this.#props, next);
    this.#props = next;
    if (changed && this.isConnected) this.draw();
  }

  /** @returns {App} */
  get app() {
    return context.app;
  }

  get state() {
    return this.app.store.shown;
  }

  connectedCallback() {
    if (this.constructor.watches) this.app.store.addEventListener('change', this.redraw);
    this.connected?.();
    this.draw();
  }

  disconnectedCallback() {
    this.app.store.removeEventListener('change', this.redraw);
    this.disconnected?.();
  }

  redraw = () => {
    if (this.#asked) return;
    this.#asked = true;
    queueMicrotask(() => {
      this.#asked = false;
      if (this.isConnected) this.draw();
    });
  };

  draw() {
    patch(this, this.render());
    this.drawn?.();
  }

  /** @returns {any} */
  render() {
    return [];
  }
}

/** Functions are made anew at every drawing and mean the same: they do not count as a change. */
function sameProps(a, b) {
  const names = Object.keys(b);
  if (names.length !== Object.keys(a).length) return false;
  return names.every((name) =>
    a[name] === b[name] || (typeof b[name] === 'function' && typeof a[name] === 'function')
  );
}
