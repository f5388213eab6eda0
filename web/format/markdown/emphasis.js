// Emphasis of CommonMark 0.31 (section 6.2 and the algorithm of its appendix): runs of `*` and `_`,
// and `~~` as GitHub has it. Pure.

/**
 * @import { Inline } from './inlines.js'
 * @import { InlineList, InlineNode } from './inline_list.js'
 */

/**
 * A run of delimiters whose node has as many characters as are not used yet.
 * @typedef {object} Run
 * @property {InlineNode} node
 * @property {string} character
 * @property {number} length of the run in the text
 * @property {boolean} opens
 * @property {boolean} closes
 */

// Deeper emphasis stays text: drawing is recursive.
const MAX_DEPTH = 20;
const SPACE = /^[\s\u00a0]?$/u;
const PUNCTUATION = /[\p{P}\p{S}]/u;

export class Emphasis {
  /** @type {Run[]} the runs that may still open or close emphasis */
  #runs = [];

  /** @param {InlineList} nodes */
  constructor(nodes) {
    this.nodes = nodes;
  }

  get length() {
    return this.#runs.length;
  }

  /**
   * @param {InlineNode} node of the run
   * @param {string} text
   * @param {number} at
   * @param {number} length
   */
  add(node, text, at, length) {
    const character = text[at];
    if (character === '~' && length !== 2) return;
    const before = characterBefore(text, at);
    const after = characterAt(text, at + length);
    const opensLeft = isFlanking(after, before);
    const closesRight = isFlanking(before, after);
    const isWordy = character === '_';
    const opens = opensLeft && (!isWordy || !closesRight || PUNCTUATION.test(before));
    const closes = closesRight && (!isWordy || !opensLeft || PUNCTUATION.test(after));
    this.#runs.push({ node, character, length, opens, closes });
  }

  /**
   * Make emphasis of the runs from the index `bottom` on; they are spent then.
   * @param {number} bottom
   */
  process(bottom) {
    const runs = this.#runs.splice(bottom);
    /** @type {Run[]} the runs before the present one that may open emphasis */
    const openers = [];
    /** @type {Map<string, number>} below which index of `openers` such a closer finds none */
    const bottoms = new Map();
    for (const run of runs) {
      while (run.closes && unused(run) > 0) {
        const key = `${run.character}${run.opens}${run.length % 3}`;
        const index = findOpener(openers, run, bottoms.get(key) ?? 0);
        if (index < 0) {
          bottoms.set(key, openers.length);
          break;
        }
        const opener = openers[index];
        const wraps = this.#wrap(opener, run);
        // What is too deep stays text, with all that it is in: else each closer would try it again.
        openers.length = !wraps ? 0 : unused(opener) > 0 ? index + 1 : index;
        for (const [each, least] of bottoms) bottoms.set(each, Math.min(least, openers.length));
        if (!wraps) break;
      }
      if (run.opens && unused(run) > 0) openers.push(run);
    }
  }

  /**
   * Put what is between two runs into emphasis. Return false if that would be too deep.
   * @param {Run} opener
   * @param {Run} closer
   */
  #wrap(opener, closer) {
    const used = unused(opener) >= 2 && unused(closer) >= 2 ? 2 : 1;
    const children = this.nodes.takeAfter(opener.node, closer.node);
    const type = opener.character === '~' ? 'del' : used === 2 ? 'strong' : 'em';
    const isTooDeep = depthOf(children) >= MAX_DEPTH;
    if (isTooDeep) {
      let last = opener.node;
      for (const child of children) last = this.nodes.addAfter(child, last);
      return false;
    }
    use(opener, used);
    use(closer, used);
    this.nodes.addAfter({ type, children }, opener.node);
    return true;
  }
}

/** @param {Run} run */
const unused = ({ node }) => node.inline.type === 'text' ? node.inline.text.length : 0;

/**
 * @param {Run} run
 * @param {number} count
 */
function use({ node, character }, count) {
  if (node.inline.type !== 'text') return;
  node.inline = { type: 'text', text: character.repeat(node.inline.text.length - count) };
}

/**
 * @param {Run[]} openers
 * @param {Run} closer
 * @param {number} bottom
 */
function findOpener(openers, closer, bottom) {
  for (let index = openers.length - 1; index >= bottom; index -= 1) {
    const opener = openers[index];
    if (opener.character !== closer.character) continue;
    // The "rule of 3", which decides what `*a**b*` means.
    const isOdd = (opener.closes || closer.opens) && (opener.length + closer.length) % 3 === 0 &&
      !(opener.length % 3 === 0 && closer.length % 3 === 0);
    if (!isOdd) return index;
  }
  return -1;
}

/**
 * Return True if a run is left-flanking (`inner` is the character after it) or right-flanking.
 * @param {string} inner
 * @param {string} outer
 */
const isFlanking = (inner, outer) =>
  !SPACE.test(inner) && (!PUNCTUATION.test(inner) || SPACE.test(outer) || PUNCTUATION.test(outer));

/**
 * @param {string} text
 * @param {number} at
 */
const characterAt = (text, at) =>
  at < text.length ? String.fromCodePoint(text.codePointAt(at) ?? 32) : '';

/**
 * @param {string} text
 * @param {number} at
 */
function characterBefore(text, at) {
  if (at === 0) return '';
  const isPair = at > 1 && /[\udc00-\udfff]/.test(text[at - 1]);
  return characterAt(text, isPair ? at - 2 : at - 1);
}

/**
 * @param {Inline[]} inlines
 * @returns {number}
 */
const depthOf = (inlines) =>
  inlines.reduce(
    (depth, inline) => Math.max(depth, 'children' in inline ? 1 + depthOf(inline.children) : 0),
    0,
  );
