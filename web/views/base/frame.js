// Draws the views that changed, all together once before the next paint.
//
// One frame: note where the rows are · draw the waiting views · keep the rows in view where they
// were · run what waits for the end of the drawing. However many events came, they are drawn once.

import { keepRowsInPlace, rowTops } from './scroll_anchor.js';

/**
 * @typedef {object} Drawable
 * @property {boolean} isConnected
 * @property {() => void} draw
 *
 * @typedef {(topsBefore: Map<Element, number>) => void} AfterDrawing
 *   gets the tops of the rows before the drawing, in pixels of the window
 */

// A hidden page has no frames, but its title and the server must know of changes all the same.
const HIDDEN_PAGE_MS = 50;

/** @type {Set<Drawable>} */
const waiting = new Set();
/** @type {Set<AfterDrawing>} */
const afterwards = new Set();
/** @type {(() => void) | null} */
let cancel = null;
let isDrawing = false;

/**
 * Draw a view before the next paint.
 * @param {Drawable} view
 */
export function drawInFrame(view) {
  waiting.add(view);
  plan();
}

/**
 * Call `work` at the end of the frame, once all views are drawn.
 * @param {AfterDrawing} work
 */
export function afterDrawing(work) {
  afterwards.add(work);
  if (!isDrawing) plan();
}

/**
 * Do not draw a view in this frame: its parent draws it.
 * @param {Drawable} view
 */
export function cancelDrawing(view) {
  waiting.delete(view);
}

/** Draw all waiting views now: the next key may already be for what they will show. */
export function drawNow() {
  if (isDrawing) return;
  cancel?.();
  cancel = null;
  // What waited may have been drawn by its parent meanwhile.
  if (waiting.size === 0 && afterwards.size === 0) return;
  isDrawing = true;
  try {
    drawFrame();
  } finally {
    isDrawing = false;
  }
  if (waiting.size > 0 || afterwards.size > 0) plan();
}

function drawFrame() {
  const tops = rowTops();
  for (const view of [...waiting]) {
    // A parent may have drawn it meanwhile.
    if (waiting.delete(view) && view.isConnected) view.draw();
  }
  keepRowsInPlace(tops);
  const works = [...afterwards];
  afterwards.clear();
  for (const work of works) {
    try {
      work(tops);
    } catch (error) {
      // The others still run: each is of another view.
      reportError(error);
    }
  }
}

function plan() {
  if (cancel || isDrawing) return;
  if (document.visibilityState === 'hidden') {
    const timer = setTimeout(drawNow, HIDDEN_PAGE_MS);
    cancel = () => clearTimeout(timer);
  } else {
    const frame = requestAnimationFrame(drawNow);
    cancel = () => cancelAnimationFrame(frame);
  }
}

// A page that was just hidden gets no more frames: draw what waited for one.
document.addEventListener('visibilitychange', drawNow);
