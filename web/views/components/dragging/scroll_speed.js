// How fast the page scrolls while something is dragged near its edge. Pure.

// About one row: nearer to an edge than this, the page scrolls.
const EDGE_PX = 56;
// At the edge itself: some 30 rows a second.
const FASTEST_PX = 24;

/**
 * Return the pixels to scroll in a frame, downwards if positive; 0 away from the edges.
 * @param {number} y of the pointer
 * @param {{top: number, bottom: number}} view the edges
 */
export function scrollSpeed(y, { top, bottom }) {
  /** @param {number} distance */
  const speed = (distance) =>
    Math.ceil(FASTEST_PX * Math.min(1, Math.max(0, EDGE_PX - distance) / EDGE_PX));
  return speed(bottom - y) - speed(y - top);
}
