// The picture of a dragged row. It follows the pointer everywhere, also over the side bar; the row
// itself stays among the others.

/**
 * @import { Point } from './row_drag.js'
 * @import { TodoRow } from '../todo_row.js'
 */

// Narrower than most rows, so that what is below can be seen.
const WIDEST_PX = 340;
const GRIP_MARGIN_PX = 24;
const BESIDE = { x: -16, y: -12 };
// On the document, while there is a picture: the row itself is empty then.
const MARK = 'has-row-in-hand';

export class RowInHand {
  #picture = document.createElement('div');
  /** @type {Point} where the pointer holds it, from its top left corner */
  #grip;

  /**
   * @param {TodoRow} row
   * @param {Point} at where it was taken, in pixels of the window
   */
  constructor(row, at) {
    const { left, top, width } = row.getBoundingClientRect();
    const shown = Math.min(width * 0.8, WIDEST_PX);
    this.#grip = { x: Math.min(at.x - left, shown - GRIP_MARGIN_PX), y: at.y - top };
    this.#picture.classList.add('row', 'row-in-hand');
    this.#picture.setAttribute('aria-hidden', 'true');
    this.#picture.inert = true;
    this.#picture.style.setProperty('width', `${shown}px`);
    // Not the row itself, which is an element that draws itself.
    this.#picture.append(...[...row.childNodes].map((child) => child.cloneNode(true)));
    document.body.append(this.#picture);
    document.documentElement.classList.add(MARK);
    this.follow(at);
  }

  /**
   * @param {Point} pointer
   * @param {boolean} isBeside whether the pointer is on something narrow that must be seen
   */
  follow({ x, y }, isBeside = false) {
    const { x: gripX, y: gripY } = isBeside ? BESIDE : this.#grip;
    this.#picture.style.setProperty('transform', `translate(${x - gripX}px, ${y - gripY}px)`);
  }

  remove() {
    document.documentElement.classList.remove(MARK);
    this.#picture.remove();
  }
}
