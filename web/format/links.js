// Web addresses in text that users wrote. Pure.

const ADDRESS = /(?<![\p{L}\p{N}_])https?:\/\/[^\s<>"“”]+/giu;
// Punctuation that ends a sentence, and no address.
const STOPS = ".,;:!?'’…";

/**
 * Split a text at its addresses.
 * @param {string} text
 * @returns {(string | {href: string})[]} the whole text, in order
 */
export function withLinks(text) {
  const parts = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const href = withoutEnd(found);
    if (!URL.canParse(href)) continue;
    parts.push(text.slice(from, index), { href });
    from = index + href.length;
  }
  return [...parts, text.slice(from)].filter(Boolean);
}

/**
 * Leave out stops, and closing brackets that the address does not open. By hand: a regular
 * expression with backtracking could block the page.
 * @param {string} found
 */
function withoutEnd(found) {
  let unopened = found.split(')').length - found.split('(').length;
  let end = found.length;
  for (; end > 0; end -= 1) {
    const last = found[end - 1];
    if (last === ')' && unopened > 0) unopened -= 1;
    else if (!STOPS.includes(last)) break;
  }
  return found.slice(0, end);
}
