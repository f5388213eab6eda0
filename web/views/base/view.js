// The base of every custom element: props come from the parent, the store from the app. A change of
// either draws the element again: with its parent, or in the next frame.

import { message, t } from '../../languages/translate.js';
import { clear, h, isAttribute, patch } from './dom.js';
import { cancelDrawing, drawInFrame } from './frame.js';

/**
 * @import { App } from '../../app.js'
 * @import { Child } from '../../types/dom.d.ts'
 */

const CANNOT_BE_DRAWN = message(
  'This part of the page cannot be shown. The rest works; reload the page to ' + 'try again.',
);

/** @type {App | null} */
let theApp = null;

/**
 * Give all views their app: they reach the store, the actions and the router through it.
 * @param {App} app
 */
export function useApp(app) {
  theApp = app;
}

/** @template {object} Props */
export class View extends HTMLElement {
  /** Whether a change of the store draws the view again. */
  static watches = false;
  // The parent sets the props before it puts the view into the document.
  #props = /** @type {Props} */ ({});
  /** The error of the last drawing, as text; empty if it succeeded. */
  #failure = '';

  /** @returns {Props} */
  get props() {
    return this.#props;
  }

  set props(next) {
    const isChanged = !isSame(this.#props, next);
    this.#props = next;
    if (isChanged && this.isConnected) this.draw();
  }

  get app() {
    if (!theApp) throw new Error('useApp() comes before the first view.');
    return theApp;
  }

  get state() {
    return this.app.store.shown;
  }

  connectedCallback() {
    if (this.#isWatching) this.app.store.addEventListener('change', this.redraw);
    this.connected();
    this.draw();
  }

  disconnectedCallback() {
    this.app.store.removeEventListener('change', this.redraw);
    this.disconnected();
  }

  get #isWatching() {
    return /** @type {typeof View} */ (this.constructor).watches;
  }

  /** Called when the view comes into the document, before it is drawn. */
  connected() {}

  /** Called when the view leaves the document. */
  disconnected() {}

  /** Called after each drawing. */
  drawn() {}

  /** Draw the view before the next paint. */
  redraw = () => drawInFrame(this);

  /** Draw the view. If it cannot be drawn, only this view says so; the rest of the page stays. */
  draw() {
    cancelDrawing(this);
    try {
      patch(this, this.render());
      this.drawn();
      this.#failure = '';
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    clear(this);
    patch(this, h('p', { class: 'problem', role: 'alert' }, t(CANNOT_BE_DRAWN)));
    // Once: each change of the store draws the view again.
    const failure = String(error);
    if (failure !== this.#failure) reportError(error);
    this.#failure = failure;
  }

  /** @returns {Child} */
  render() {
    return [];
  }
}

/**
 * Return true if no prop changed. Functions are made anew by each drawing and mean the same; of
 * attributes the parent takes care.
 * @param {object} a
 * @param {object} b
 */
function isSame(a, b) {
  const before = /** @type {Record<string, unknown>} */ (a);
  const after = Object.entries(b);
  if (after.length !== Object.keys(a).length) return false;
  return after.every(([name, value]) =>
    before[name] === value || isAttribute(name) ||
    (typeof value === 'function' && typeof before[name] === 'function')
  );
}
