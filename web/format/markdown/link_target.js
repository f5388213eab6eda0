// The target of a Markdown link: an address in brackets, with or without a title. Pure.

// Longer addresses, and deeper brackets in them, are no links.
const MAX_LENGTH = 2000;
const MAX_BRACKETS = 32;
const SAFE = /^(?:https?:\/\/|mailto:)/i;
const SPACES = /[ \t]*\n?[ \t]*/y;
const TITLE = /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|\((?:[^()\\]|\\[^])*\)/y;

/**
 * Read the target that begins at a position.
 * @param {string} text
 * @param {number} at
 * @returns {{href: string, end: number} | null} null if there is none, or none that a link may have
 */
export function linkTarget(text, at) {
  if (text[at] !== '(') return null;
  const part = text.slice(0, at + MAX_LENGTH);
  const from = skip(part, SPACES, at + 1);
  const end = part[from] === '<' ? part.indexOf('>', from) + 1 : endOfAddress(part, from);
  const written = part[from] === '<' ? part.slice(from + 1, end - 1) : part.slice(from, end);
  const href = written.replace(/\\([!-/:-@[-\x60{-~])/g, '$1');
  if (end <= from || /[\n<]/.test(written) || !SAFE.test(href) || !URL.canParse(href)) return null;
  const last = skip(part, SPACES, end);
  const titleEnd = last > end ? skip(part, TITLE, last) : last;
  const close = skip(part, SPACES, titleEnd);
  return part[close] === ')' ? { href, end: close + 1 } : null;
}

/**
 * Return where a pattern at a position ends.
 * @param {string} text
 * @param {RegExp} pattern
 * @param {number} at
 */
function skip(text, pattern, at) {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/**
 * @param {string} text
 * @param {number} from
 */
function endOfAddress(text, from) {
  let brackets = 0;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character <= ' ') return at;
    if (character === '\\') at += 1;
    else if (character === '(' && (brackets += 1) > MAX_BRACKETS) return from;
    else if (character === ')' && (brackets -= 1) < 0) return at;
  }
  return text.length;
}
