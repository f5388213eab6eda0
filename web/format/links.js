// Web addresses in text that users wrote. Pure.

const ADDRESS = /(?<![\p{L}\p{N}_])https?:\/\/[^\s<>"“”\x60]+/yiu;
// Punctuation that ends a sentence, or emphasis, and no address.
const STOPS = ".,;:!?'’…*_~";

/**
 * Return the address that begins at a position, or ''.
 * @param {string} text
 * @param {number} at
 */
export function addressAt(text, at) {
  ADDRESS.lastIndex = at;
  const href = withoutEnd(ADDRESS.exec(text)?.[0] ?? '');
  return URL.canParse(href) ? href : '';
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
