// A Markdown text without its marks, in one line. Pure.

import { parseBlocks } from './blocks.js';
import { parseInlines } from './inlines.js';

/**
 * @import { Block } from './open_block.js'
 * @import { Inline } from './inlines.js'
 */

/**
 * Return the words of a text.
 * @param {string} source
 * @param {(id: string) => string} [nameOf] the name of a mentioned user
 */
export function plainText(source, nameOf = () => '…') {
  /** @type {(inline: Inline) => string} */
  const inlineText = (inline) => {
    switch (inline.type) {
      case 'text':
      case 'code':
        return inline.text;
      case 'break':
        return ' ';
      case 'mention':
        return `@${nameOf(inline.id)}`;
      default:
        return inline.children.map(inlineText).join('');
    }
  };
  /** @type {(block: Block) => string} */
  const blockText = (block) => {
    switch (block.type) {
      case 'rule':
        return '';
      case 'code':
        return block.text;
      case 'quote':
        return allText(block.children);
      case 'list':
        return block.items.map(({ children }) => allText(children)).join(' ');
      default:
        return parseInlines(block.text).map(inlineText).join('');
    }
  };
  /** @param {Block[]} blocks */
  const allText = (blocks) => blocks.map(blockText).join(' ');
  return allText(parseBlocks(source)).replace(/\s+/g, ' ').trim();
}

/**
 * Return the words of a part of a text. Where it was cut, “…” stands, and marks may be left without
 * the others of their pair.
 * @param {string} part
 */
export function plainPart(part) {
  const [, begin, text, end] = /^(…?)(.*?)(…?)$/s.exec(part) ?? ['', '', part, ''];
  const isCut = begin !== '' || end !== '';
  const words = plainText(closed(text, begin !== '', end !== ''));
  return `${begin}${isCut ? words.replace(/\*\*|~~|\x60/g, '') : words}${end}`;
}

/**
 * Take away what a cut has left of a link: its address, or the bracket before its text.
 * @param {string} text
 * @param {boolean} isBeginning
 * @param {boolean} isEnding
 */
function closed(text, isBeginning, isEnding) {
  const after = isBeginning ? text.replace(/^([^[\]()]*)\]\([^\s()]*\)/, '$1') : text;
  return isEnding ? after.replace(/\[([^[\]]*)(\]\([^\s()]*)?$/, '$1') : after;
}
