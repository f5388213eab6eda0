// The blocks of a Markdown text: a strict subset of CommonMark 0.31, with the task lists of GitHub.
// What is not in the subset (HTML, link definitions, indented code) stays as it was typed. Pure.
//
// A line is first matched against the open containers (quotes, list items); then it may open more;
// what is left of it belongs to the open paragraph or code block, or begins one.

import { finished, newBlock } from './open_block.js';

/** @import { Block, OpenBlock } from './open_block.js' */

// Deeper quotes and lists are shown as text: drawing is recursive.
const MAX_DEPTH = 20;

const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$/;
const FENCE = /^( {0,3})(\x60{3,}(?=[^\x60]*$)|~{3,})/;
const UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/;
const RULE = /^ {0,3}([-_*])[ \t]*(?:\1[ \t]*){2,}$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-+*]|(\d{1,9})[.)])( *)(.*)$/;

/**
 * Parse the blocks of a text.
 * @param {string} source
 * @returns {Block[]}
 */
export function parseBlocks(source) {
  const reader = new Reader();
  source.replace(/\n$/, '').split('\n').forEach((line, number) =>
    reader.read(line.replace(/\r$/, ''), number)
  );
  return reader.root.children.map(finished);
}

/**
 * Check or uncheck the task whose box is in a line.
 * @param {string} source
 * @param {number} line from 0
 */
export function toggleTask(source, line) {
  const toggled = (/** @type {string} */ text) =>
    text.replace(/\[([ xX])\]/, (_, mark) => mark === ' ' ? '[x]' : '[ ]');
  return source.split('\n').map((text, index) => index === line ? toggled(text) : text).join('\n');
}

class Reader {
  root = newBlock('quote', 0);
  /** @type {OpenBlock[]} the open quotes and items, outermost first */
  #open = [];
  /** @type {OpenBlock | null} the open paragraph or code block, in the innermost container */
  #leaf = null;

  /**
   * @param {string} line
   * @param {number} number
   */
  read(line, number) {
    let { depth, rest } = this.#match(expandTabs(line));
    const isMatched = depth === this.#open.length;
    if (isMatched && this.#leaf?.type === 'code') return this.#readCode(this.#leaf, rest, number);
    let opened = 0;
    for (;;) {
      const inParagraph = isMatched && !opened && this.#leaf?.type === 'paragraph';
      if (this.#readLeaf(rest, number, depth, inParagraph)) return;
      const inner = depth < MAX_DEPTH
        ? this.#openContainer(rest, number, depth, inParagraph)
        : null;
      if (inner === null) break;
      rest = expandTabs(inner);
      depth += 1;
      opened += 1;
    }
    this.#readText(rest, number, depth, opened > 0);
  }

  /**
   * Match the open containers: return how many go on in this line, and what it has for them.
   * @param {string} line
   */
  #match(line) {
    let [depth, rest] = [0, line];
    for (const container of this.#open) {
      const inner = container.type === 'quote' ? inQuote(rest) : inItem(container, rest);
      if (inner === null) break;
      rest = expandTabs(inner);
      depth += 1;
    }
    return { depth, rest };
  }

  /**
   * @param {OpenBlock} code
   * @param {string} rest
   * @param {number} number
   */
  #readCode(code, rest, number) {
    if (rest.trim() !== '') code.end = number;
    const fence = FENCE.exec(rest)?.[2] ?? '';
    const ends = fence.startsWith(code.marker) && rest.trim() === fence;
    if (ends) this.#leaf = null;
    else code.lines.push(rest.slice(Math.min(code.indent, indentOf(rest))));
  }

  /**
   * Add the block of one line, or the first line of a code block. Return false if it begins none.
   * @param {string} rest
   * @param {number} number
   * @param {number} depth
   * @param {boolean} inParagraph
   */
  #readLeaf(rest, number, depth, inParagraph) {
    const underline = inParagraph && UNDERLINE.exec(rest);
    if (underline && this.#leaf) {
      Object.assign(this.#leaf, {
        type: 'heading',
        level: underline[1][0] === '=' ? 1 : 2,
        end: number,
      });
      this.#leaf = null;
      return true;
    }
    const heading = HEADING.exec(rest);
    const fence = FENCE.exec(rest);
    const isRule = RULE.test(rest);
    if (!heading && !fence && !isRule) return false;
    this.#close(depth);
    const block = this.#add(newBlock(heading ? 'heading' : fence ? 'code' : 'rule', number));
    if (heading) Object.assign(block, { level: heading[1].length, lines: [heading[2] ?? ''] });
    else if (fence) {
      Object.assign(block, { indent: fence[1].length, marker: fence[2] });
      this.#leaf = block;
    }
    return true;
  }

  /**
   * Open a quote or an item. Return what the line has for it, or null if it opens none.
   * @param {string} rest
   * @param {number} number
   * @param {number} depth
   * @param {boolean} inParagraph
   * @returns {string | null}
   */
  #openContainer(rest, number, depth, inParagraph) {
    const inner = inQuote(rest);
    if (inner !== null) {
      this.#close(depth);
      this.#open.push(this.#add(newBlock('quote', number)));
      return inner;
    }
    const found = ITEM.exec(rest);
    if (!found || (found[4] === '' && found[5] !== '')) return null;
    const [, before, marker, digits, spaces, text] = found;
    // Words of a paragraph that look like an item: a number at the start of a line, a lone hyphen.
    if (inParagraph && (text === '' || (digits && Number(digits) !== 1))) return null;
    this.#close(depth);
    const padding = text === '' || spaces.length > 4 ? 1 : spaces.length;
    const item = newBlock('item', number);
    item.indent = before.length + marker.length + padding;
    this.#listFor(marker, digits, number).children.push(item);
    this.#open.push(item);
    return text === '' ? '' : rest.slice(item.indent);
  }

  /**
   * Return the list that an item goes to: the one before it, if their markers are of one kind.
   * @param {string} marker
   * @param {string | undefined} digits
   * @param {number} number
   */
  #listFor(marker, digits, number) {
    const kind = marker.slice(-1);
    const before = this.#container.children.at(-1);
    if (before?.type === 'list' && before.marker === kind) return before;
    const list = this.#add(newBlock('list', number));
    return Object.assign(list, { marker: kind, first: digits ? Number(digits) : null });
  }

  /**
   * Add text to the open paragraph, which it may belong to although its containers do not go on.
   * @param {string} rest
   * @param {number} number
   * @param {number} depth
   * @param {boolean} hasOpened
   */
  #readText(rest, number, depth, hasOpened) {
    const isBlank = rest.trim() === '';
    const goesOn = this.#leaf?.type === 'paragraph' && !hasOpened && !isBlank;
    if (!goesOn && (isBlank || depth < this.#open.length || hasOpened)) this.#close(depth);
    if (isBlank) return;
    this.#leaf ??= this.#add(newBlock('paragraph', number));
    this.#leaf.lines.push(rest.trimStart());
    this.#leaf.end = number;
  }

  get #container() {
    return this.#open.at(-1) ?? this.root;
  }

  /** @param {OpenBlock} block */
  #add(block) {
    this.#container.children.push(block);
    return block;
  }

  /**
   * Close the open block, and the containers from `depth` on.
   * @param {number} depth
   */
  #close(depth) {
    this.#open.length = depth;
    this.#leaf = null;
  }
}

/** @param {string} line */
const inQuote = (line) => QUOTE.test(line) ? line.replace(QUOTE, '') : null;

/**
 * @param {OpenBlock} item
 * @param {string} line
 */
function inItem(item, line) {
  // An item may begin with one blank line, not with two.
  if (line.trim() === '') return item.children.length > 0 ? '' : null;
  return indentOf(line) >= item.indent ? line.slice(item.indent) : null;
}

/** @param {string} line */
const indentOf = (line) => line.length - line.trimStart().length;

/**
 * Write the tabs at the start of a line as spaces.
 * @param {string} line
 */
function expandTabs(line) {
  const start = /^[ \t]*/.exec(line)?.[0] ?? '';
  if (!start.includes('\t')) return line;
  let spaces = '';
  for (const character of start) {
    spaces += character === ' ' ? ' ' : ' '.repeat(4 - spaces.length % 4);
  }
  return spaces + line.slice(start.length);
}
