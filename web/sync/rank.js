// Provisional ranks. The server alone assigns ranks; until its answer comes, a dragged row needs
// a rank that sorts between its new neighbours, byte by byte. Pure.

const LOWEST = 0x21; // "!": below every character a server rank uses, so there is always room.
const HIGHEST = 0x7f;

/**
 * Return a text that sorts strictly between `before` and `after`; null means the end of the list.
 * @param {string | null} before
 * @param {string | null} after
 * @returns {string}
 */
export function rankBetween(before, after) {
  const low = before ?? '';
  let text = '';
  for (let i = 0;; i += 1) {
    const left = i < low.length ? low.charCodeAt(i) : LOWEST - 1;
    const right = after !== null && i < after.length ? after.charCodeAt(i) : HIGHEST;
    const middle = Math.floor((left + right) / 2);
    // A rank never ends in LOWEST: no other would fit before it.
    if (middle > left && middle < right && middle > LOWEST) {
      return text + String.fromCharCode(middle);
    }
    const used = Math.max(left, LOWEST);
    text += String.fromCharCode(used);
    // The text is below `after` from here on, whatever follows: only `before` is a bound.
    if (used < right) after = null;
  }
}

/**
 * Compare two todos in the order of their list: by rank byte by byte, then by id.
 * @param {{rank: string, id: string}} a
 * @param {{rank: string, id: string}} b
 */
export function byRank(a, b) {
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
