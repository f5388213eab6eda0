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
    // Never ends in LOWEST itself: nothing would fit before such a text.
    if (middle > left && middle < right && middle > LOWEST) {
      return text + String.fromCharCode(middle);
    }
    const used = Math.max(left, LOWEST);
    text += String.fromCharCode(used);
    // Once we are below `after`, only `before` binds us.
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
