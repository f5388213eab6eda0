// Where a dragged row goes: before or after another, or into it. Pure.

/**
 * @typedef {{id: string, top: number, bottom: number}} Box where a row is shown, in pixels
 * @typedef {{before_id?: string, after_id?: string, parent_id?: string}} RowTarget
 */

/**
 * Return where a drop goes; null in the gap that the others left, where it goes already.
 * @param {Box[]} others the rows but for the dragged one, in order
 * @param {number} y of the pointer
 * @param {boolean} mayNest whether the middle of a row takes the dragged one as its subtask
 * @returns {RowTarget | null}
 */
export function aimAt(others, y, mayNest) {
  const first = others.at(0);
  const last = others.at(-1);
  if (!first || !last) return null;
  if (y < first.top) return { before_id: first.id };
  if (y >= last.bottom) return { after_id: last.id };
  const box = others.find(({ top, bottom }) => y >= top && y < bottom);
  if (!box) return null;
  // The middle third is enough to hit.
  const part = (y - box.top) / (box.bottom - box.top);
  if (mayNest && part > 1 / 3 && part < 2 / 3) return { parent_id: box.id };
  return part < 1 / 2 ? { before_id: box.id } : { after_id: box.id };
}

/**
 * Return how far rows are shown from their places while one of them is to land elsewhere: those
 * between make way, and the dragged one is shown where it lands.
 * @param {Box[]} places of all rows, in order
 * @param {{id: string, height: number}} dragged a row of them, or of another list
 * @param {RowTarget} target
 * @returns {Map<string, number>} by the id of the row; without those that stay
 */
export function shiftsFor(places, { id, height }, { before_id: beforeId, after_id: afterId }) {
  const from = places.findIndex((box) => box.id === id);
  const beside = places.findIndex((box) => box.id === (beforeId ?? afterId));
  if (beside < 0) return new Map();
  if (from < 0) {
    return new Map(places.slice(beside + (beforeId ? 0 : 1)).map((box) => [box.id, height]));
  }
  // The index that the dragged row gets: it leaves a gap above a row that is below it.
  const to = beside + (beforeId ? 0 : 1) - (beside > from ? 1 : 0);
  const row = places[from];
  const passed = to < from ? places.slice(to, from) : places.slice(from + 1, to + 1);
  if (passed.length === 0) return new Map();
  const shifts = new Map(passed.map((box) => [box.id, to < from ? height : -height]));
  const { top } = passed[0];
  return shifts.set(id, to < from ? top - row.top : (passed.at(-1)?.bottom ?? 0) - row.bottom);
}
