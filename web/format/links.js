// Addresses in what somebody wrote. Pure.

const ADDRESS = /(?<![\p{L}\p{N}_])https?:\/\/[^\s<>"“”]+/giu;
// What ends a sentence is none of the address.
const STOPS = ".,;:!?'’…";

/**
 * Splits a text at its addresses.
 * @param {string} text
 * @returns {(string | {href: string})[]} what was written, whole and in order
 */
export function withLinks(text) {
  const parts = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const href = withoutEnd(found);
    if (!isAddress(href)) continue;
    parts.push(text.slice(from, index), { href });
    from = index + href.length;
  }
  return [...parts, text.slice(from)].filter(Boolean);
}

function isAddress(href) {
  try {
    return Boolean(new URL(href));
  } catch {
    return false;
  }
}

/** Leaves out stops, and brackets that were opened before it. By hand: a pattern could take a page's time. */
function withoutEnd(found) {
  let more = found.split(')').length - found.split('(').length;
  let end = found.length;
  for (; end > 0; end -= 1) {
    const last = found[end - 1];
    if (last === ')' && more > 0) more -= 1;
    else if (!STOPS.includes(last)) break;
  }
  return found.slice(0, end);
}
