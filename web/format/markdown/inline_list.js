// A linked list of inlines while they are parsed: emphasis takes ranges out of its middle. Pure.

/** @import { Inline } from './inlines.js' */

/** @typedef {{inline: Inline, before: InlineNode | null, after: InlineNode | null}} InlineNode */

export class InlineList {
  /** @type {InlineNode | null} */
  #first = null;
  /** @type {InlineNode | null} */
  #last = null;

  /**
   * @param {Inline} inline
   * @returns {InlineNode}
   */
  add(inline) {
    return this.#insert(inline, this.#last, null);
  }

  /**
   * @param {Inline} inline
   * @param {InlineNode} node
   */
  addAfter(inline, node) {
    return this.#insert(inline, node, node.after);
  }

  /**
   * @param {Inline} inline
   * @param {InlineNode | null} before
   * @param {InlineNode | null} after
   */
  #insert(inline, before, after) {
    const node = { inline, before, after };
    if (before) before.after = node;
    else this.#first = node;
    if (after) after.before = node;
    else this.#last = node;
    return node;
  }

  /** Leave out the spaces before a line break. */
  trimEnd() {
    const last = this.#last?.inline;
    if (this.#last && last?.type === 'text') {
      this.#last.inline = { type: 'text', text: last.text.replace(/ +$/, '') };
    }
  }

  /** @param {InlineNode} node */
  remove({ before, after }) {
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    else this.#last = before;
  }

  /**
   * Remove the inlines after a node, up to `end` or to the last one. Return them.
   * @param {InlineNode} node
   * @param {InlineNode | null} [end]
   */
  takeAfter(node, end = null) {
    const taken = [];
    for (let next = node.after; next && next !== end; next = next.after) taken.push(next.inline);
    node.after = end;
    if (end) end.before = node;
    else this.#last = node;
    return joined(taken);
  }

  toArray() {
    const inlines = [];
    for (let node = this.#first; node; node = node.after) inlines.push(node.inline);
    return joined(inlines);
  }
}

/**
 * Join texts that follow each other, and leave out empty ones.
 * @param {Inline[]} inlines
 */
function joined(inlines) {
  /** @type {Inline[]} */
  const all = [];
  for (const inline of inlines) {
    const last = all.at(-1);
    if (inline.type !== 'text') all.push(inline);
    else if (last?.type === 'text') {
      all[all.length - 1] = { type: 'text', text: last.text + inline.text };
    } else if (inline.text) all.push(inline);
  }
  return all;
}
