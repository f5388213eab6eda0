// Shows where rows went: a row that moved slides to its new place, a new row fades in.

/**
 * @import { TodoRow } from './todo_row.js'
 */

const MOVE_MS = 150;
// Animating more rows than this costs more than the motion explains.
const MOVING_ROWS = 150;
const REDUCED = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * @param {TodoRow[]} rows
 * @param {Map<Element, number>} topsBefore in pixels of the window
 * @param {(row: TodoRow) => boolean} isNew whether a row, new in the document, is new in the list
 */
export function animateRows(rows, topsBefore, isNew) {
  if (rows.length > MOVING_ROWS || !rows.some((row) => topsBefore.has(row))) return;
  if (REDUCED.matches) return;
  const timing = { duration: MOVE_MS, easing: 'ease-out' };
  const tops = rows.map((row) => row.getBoundingClientRect().top);
  for (const [at, row] of rows.entries()) {
    const before = topsBefore.get(row);
    if (before === undefined) {
      const isSeen = tops[at] > -row.offsetHeight && tops[at] < innerHeight;
      if (isSeen && isNew(row)) row.animate([{ opacity: 0 }, { opacity: 1 }], timing);
    } else if (Math.abs(before - tops[at]) >= 1) {
      const transform = `translateY(${before - tops[at]}px)`;
      row.animate([{ transform }, { transform: 'none' }], timing);
    }
  }
}
