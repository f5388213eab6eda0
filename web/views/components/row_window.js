// Which rows of a long list are in the document: those in view, some around them, and those that
// must stay, such as the row in focus. Gaps stand for all others. Pure.

/**
 * Rows beside each other, by index; `to` is not among them.
 * @typedef {{from: number, to: number}} Run
 * @typedef {{top: number, bottom: number}} Band a part of a list, in pixels from its top
 * @typedef {{gap: number} | {row: number}} Part a gap in pixels, or the index of a row
 */

/** A page with at most this many rows holds them all: the browser itself can search them. */
export const WHOLE_ROWS = 100;
// So far outside the view are rows in the document: a turn of the wheel stays within.
const AROUND_PX = 800;
// After a jump the rows in view come first. Those around them follow in the next frames, so that no
// frame takes long.
const AFTER_JUMP_PX = 100;
const MORE_PX = 350;
// Rows are added when fewer pixels than this are left until the first row that is missing.
const NEAR_PX = 400;
// Until the first row was measured: a row with details, in CSS pixels.
const FIRST_GUESS_PX = 56;

/** Where each row of a list begins, in pixels from the top of the list. */
export class RowOffsets {
  #tops;
  /** The tops of rows after this index are out of date. */
  #current = 0;

  /** @param {ArrayLike<number>} heights */
  constructor(heights) {
    this.count = heights.length;
    this.heights = Float64Array.from(heights);
    this.#tops = new Float64Array(this.count + 1);
  }

  /** @param {number} index @param {number} height */
  setHeight(index, height) {
    this.heights[index] = height;
    this.#current = Math.min(this.#current, index);
  }

  /** The top of each row, and the end of the list. */
  get tops() {
    for (let at = this.#current; at < this.count; at += 1) {
      this.#tops[at + 1] = this.#tops[at] + this.heights[at];
    }
    this.#current = this.count;
    return this.#tops;
  }

  /** @param {number} index up to `count`, which is the end of the list */
  top(index) {
    return this.tops[Math.max(0, Math.min(index, this.count))];
  }

  /**
   * Return the index of the row at `y`, the last one that begins at or above it.
   * @param {number} y
   */
  indexAt(y) {
    const { tops } = this;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (tops[middle + 1] <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The heights of the rows of a list: as measured, and for all others their usual height. */
export class RowHeights {
  /** @type {Map<string, number>} by todo id */
  #measured = new Map();
  #usual = FIRST_GUESS_PX;
  #isSettled = false;
  /** @type {readonly {id: string}[]} */
  #todos = [];
  #offsets = new RowOffsets([]);

  /**
   * Remember the height of a row. Return true if another one was taken for it so far.
   * @param {string} id
   * @param {number} height in pixels
   * @param {number} index among the todos whose offsets were asked for last
   */
  measure(id, height, index) {
    const before = this.#measured.get(id) ?? this.#usual;
    if (height === before) return false;
    this.#measured.set(id, height);
    this.#offsets.setHeight(index, height);
    return true;
  }

  /**
   * Take the mean of the first rows that were drawn as the usual height. Return true if that has
   * just changed it. Later changes would move the rows that are in view.
   * @param {number[]} heights
   */
  settle(heights) {
    if (this.#isSettled || heights.length === 0) return false;
    this.#isSettled = true;
    this.#usual = heights.reduce((sum, height) => sum + height, 0) / heights.length;
    this.#todos = [];
    return true;
  }

  /** @param {readonly {id: string}[]} todos the same array as before as long as it is the same */
  offsets(todos) {
    if (todos !== this.#todos) {
      this.#todos = todos;
      this.#offsets = new RowOffsets(
        Float64Array.from(todos, ({ id }) => this.#measured.get(id) ?? this.#usual),
      );
    }
    return this.#offsets;
  }
}

/**
 * Return how far around the view rows are in the document, in pixels.
 * @param {RowOffsets} offsets
 * @param {Run & {around: number}} before
 * @param {Band} view
 */
function reach(offsets, { from, to, around }, { top, bottom }) {
  const isJump = offsets.top(to) <= top || offsets.top(from) >= bottom;
  return isJump ? AFTER_JUMP_PX : Math.min(AROUND_PX, around + MORE_PX);
}

/**
 * Return the rows to have in the document for what is in view: empty if the list is far from it.
 * @param {RowOffsets} offsets
 * @param {Run & {around: number}} before the rows that are in the document now
 * @param {Band} view
 * @returns {Run & {around: number}}
 */
export function runInView(offsets, before, view) {
  const around = reach(offsets, before, view);
  const { top, bottom } = { top: view.top - around, bottom: view.bottom + around };
  if (bottom <= 0 || top >= offsets.top(offsets.count)) {
    const end = bottom <= 0 ? 0 : offsets.count;
    return { from: end, to: end, around };
  }
  const to = Math.min(offsets.count, offsets.indexAt(bottom) + 1);
  return { from: offsets.indexAt(Math.max(0, top)), to, around };
}

/**
 * Return true if the view has come so near to a row that is missing that rows must be added.
 * @param {RowOffsets} offsets
 * @param {Run} run
 * @param {Band} view
 */
export function isNearGap(offsets, { from, to }, { top, bottom }) {
  const height = offsets.top(offsets.count);
  const first = Math.max(0, top - NEAR_PX);
  const last = Math.min(height, bottom + NEAR_PX);
  if (first >= last) return false;
  return offsets.top(from) > first || offsets.top(to) < last;
}

/**
 * Return the gaps and rows of a list from top to bottom.
 * @param {RowOffsets} offsets
 * @param {Run} run
 * @param {Iterable<number>} kept indexes of rows that must stay, with their neighbours
 * @returns {Part[]}
 */
export function partsOf(offsets, { from, to }, kept) {
  const rows = new Set(Array.from({ length: to - from }, (_, at) => from + at));
  for (const index of kept) {
    // With the neighbours, so that Tab goes from the row in focus to the row beside it.
    for (const at of [index - 1, index, index + 1]) if (at >= 0 && at < offsets.count) rows.add(at);
  }
  /** @type {Part[]} */
  const parts = [];
  let next = 0;
  for (const row of [...rows].sort((a, b) => a - b)) {
    if (row > next) parts.push({ gap: offsets.top(row) - offsets.top(next) });
    parts.push({ row });
    next = row + 1;
  }
  if (next < offsets.count) parts.push({ gap: offsets.top(offsets.count) - offsets.top(next) });
  return parts;
}
