// The inlines of a Markdown text: emphasis, code, links, breaks. A strict subset of CommonMark 0.31
// with the strikethrough of GitHub; every line break is one. Links lead to web and mail addresses,
// everything else that looks like a link stays text. Pure.

import { addressAt } from '../links.js';
import { Emphasis } from './emphasis.js';
import { InlineList } from './inline_list.js';
import { linkTarget } from './link_target.js';

/**
 * @typedef {{type: 'text', text: string}} Text
 * @typedef {{type: 'code', text: string}} InlineCode
 * @typedef {{type: 'break'}} Break
 * @typedef {{type: 'mention', id: string}} Mention
 * @typedef {{type: 'em' | 'strong' | 'del', children: Inline[]}} Emphasized
 * @typedef {{type: 'link', href: string, children: Inline[]}} Link
 * @typedef {Text | InlineCode | Break | Mention | Emphasized | Link} Inline
 */

/** @import { InlineNode } from './inline_list.js' */

const BACKTICK = '\x60';
const PUNCTUATION = /[!-/:-@[-\x60{-~]/;
// Everything before the next character that may mean something.
const PLAIN = /[^\\\x60*_~[\]!<@hH\n]+/y;
const AUTOLINK = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/iy;
const MENTION = /@\[([^\]\s]{1,64})\]/y;

/**
 * Parse the inlines of a text.
 * @param {string} text
 * @returns {Inline[]}
 */
export function parseInlines(text) {
  return new Parser(text).parse();
}

class Parser {
  #at = 0;
  #nodes = new InlineList();
  #emphasis = new Emphasis(this.#nodes);
  /** @type {{node: InlineNode, isActive: boolean, after: number}[]} the open brackets */
  #brackets = [];
  /** @type {Map<number, number>} by length of a run of backticks, where none follows any more */
  #unclosed = new Map();

  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  /** @returns {Inline[]} */
  parse() {
    while (this.#at < this.text.length) this.#next();
    this.#emphasis.process(0);
    return this.#nodes.toArray();
  }

  #next() {
    const character = this.text[this.#at];
    const read = READERS[character];
    if (!read?.(this)) this.#addText(this.#match(PLAIN)?.[0] ?? character, true);
  }

  /** @param {RegExp} pattern */
  #match(pattern) {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.text);
  }

  /**
   * @param {string} text
   * @param {boolean} [advances]
   */
  #addText(text, advances = false) {
    if (advances) this.#at += text.length;
    return this.#nodes.add({ type: 'text', text });
  }

  readEscape() {
    const next = this.text[this.#at + 1] ?? '';
    if (next === '\n') {
      this.#at += 1;
      return this.readBreak();
    }
    if (!PUNCTUATION.test(next)) return false;
    this.#at += 2;
    this.#addText(next);
    return true;
  }

  readBreak() {
    this.#at += 1;
    this.#nodes.trimEnd();
    this.#nodes.add({ type: 'break' });
    return true;
  }

  readCode() {
    const { text } = this;
    const length = runAt(text, this.#at);
    const from = this.#at + length;
    const end = this.#at >= (this.#unclosed.get(length) ?? Infinity)
      ? -1
      : closingRun(text, from, length);
    if (end < 0) {
      if (!this.#unclosed.has(length)) this.#unclosed.set(length, this.#at);
      this.#addText(BACKTICK.repeat(length), true);
      return true;
    }
    const code = text.slice(from, end).replaceAll('\n', ' ');
    const isPadded = code.startsWith(' ') && code.endsWith(' ') && code.trim() !== '';
    this.#nodes.add({ type: 'code', text: isPadded ? code.slice(1, -1) : code });
    this.#at = end + length;
    return true;
  }

  readDelimiters() {
    const length = runAt(this.text, this.#at);
    const node = this.#addText(this.text.slice(this.#at, this.#at + length));
    this.#emphasis.add(node, this.text, this.#at, length);
    this.#at += length;
    return true;
  }

  readAddress() {
    const href = addressAt(this.text, this.#at);
    if (!href) return false;
    this.#addLink(href, href, href.length);
    return true;
  }

  readAutolink() {
    const found = this.#match(AUTOLINK);
    if (!found || !URL.canParse(found[1])) return false;
    this.#addLink(found[1], found[1], found[0].length);
    return true;
  }

  readMention() {
    const found = this.#match(MENTION);
    if (!found) return false;
    this.#nodes.add({ type: 'mention', id: found[1] });
    this.#at += found[0].length;
    return true;
  }

  /**
   * @param {string} href
   * @param {string} text
   * @param {number} length
   */
  #addLink(href, text, length) {
    this.#nodes.add({ type: 'link', href, children: [{ type: 'text', text }] });
    this.#at += length;
  }

  readImage() {
    if (this.text[this.#at + 1] !== '[') return false;
    // An image is a link to it: pictures of other servers would tell them who reads.
    this.#at += 1;
    return this.readOpening('![');
  }

  readOpening(marker = '[') {
    this.#at += 1;
    const node = this.#addText(marker);
    this.#brackets.push({ node, isActive: true, after: this.#emphasis.length });
    return true;
  }

  readClosing() {
    const bracket = this.#brackets.pop();
    const target = bracket?.isActive ? linkTarget(this.text, this.#at + 1) : null;
    if (!bracket || !target) return false;
    this.#emphasis.process(bracket.after);
    const children = this.#nodes.takeAfter(bracket.node).flatMap(withoutLinks);
    this.#nodes.remove(bracket.node);
    this.#nodes.add({ type: 'link', href: target.href, children });
    this.#at = target.end;
    // A link in a link would be none.
    for (const earlier of this.#brackets) earlier.isActive = false;
    return true;
  }
}

/** @type {Record<string, (parser: Parser) => boolean>} false: the character is text */
const READERS = {
  '\\': (parser) => parser.readEscape(),
  '\n': (parser) => parser.readBreak(),
  [BACKTICK]: (parser) => parser.readCode(),
  '*': (parser) => parser.readDelimiters(),
  '_': (parser) => parser.readDelimiters(),
  '~': (parser) => parser.readDelimiters(),
  '<': (parser) => parser.readAutolink(),
  '!': (parser) => parser.readImage(),
  '[': (parser) => parser.readOpening(),
  ']': (parser) => parser.readClosing(),
  '@': (parser) => parser.readMention(),
  h: (parser) => parser.readAddress(),
  H: (parser) => parser.readAddress(),
};

/**
 * Return how often the character at a position is repeated.
 * @param {string} text
 * @param {number} at
 */
function runAt(text, at) {
  let end = at + 1;
  while (text[end] === text[at]) end += 1;
  return end - at;
}

/**
 * Return where the next run of so many backticks begins, or -1.
 * @param {string} text
 * @param {number} from
 * @param {number} length
 */
function closingRun(text, from, length) {
  for (let at = text.indexOf(BACKTICK, from); at >= 0; at = text.indexOf(BACKTICK, at)) {
    const run = runAt(text, at);
    if (run === length) return at;
    at += run;
  }
  return -1;
}

/**
 * @param {Inline} inline
 * @returns {Inline[]}
 */
const withoutLinks = (inline) => inline.type === 'link' ? inline.children : [inline];
