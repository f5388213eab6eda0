// HTML of a parsed Markdown text, as CommonMark's reference implementations write it: to compare.

import { parseBlocks } from '../../../web/format/markdown/blocks.js';
import { parseInlines } from '../../../web/format/markdown/inlines.js';

/**
 * @import { Block, Item } from '../../../web/format/markdown/open_block.js'
 * @import { Inline } from '../../../web/format/markdown/inlines.js'
 */

const TAGS = { em: 'em', strong: 'strong', del: 's' };

/** @param {string} source */
export const toHtml = (source) =>
  parseBlocks(source).map((block) => blockHtml(block, true)).join('');

/** @param {string} source */
export const inlineHtml = (source) => parseInlines(source).map(html).join('');

/**
 * @param {Block} block
 * @param {boolean} isLoose
 * @returns {string}
 */
function blockHtml(block, isLoose) {
  switch (block.type) {
    case 'rule':
      return '<hr />';
    case 'code':
      return `<pre><code>${escaped(block.text && `${block.text}\n`)}</code></pre>`;
    case 'heading':
      return `<h${block.level}>${inlineHtml(block.text)}</h${block.level}>`;
    case 'quote':
      return `<blockquote>${
        block.children.map((child) => blockHtml(child, true)).join('')
      }</blockquote>`;
    case 'list': {
      const tag = block.first === null ? 'ul' : 'ol';
      const start = block.first === null || block.first === 1 ? '' : ` start="${block.first}"`;
      const items = block.items.map((item) => itemHtml(item, block.isLoose)).join('');
      return `<${tag}${start}>${items}</${tag}>`;
    }
    default:
      return isLoose ? `<p>${inlineHtml(block.text)}</p>` : inlineHtml(block.text);
  }
}

/**
 * @param {Item} item
 * @param {boolean} isLoose
 */
function itemHtml({ children, task }, isLoose) {
  const box = task ? `[${task.isDone ? 'x' : ' '}] ` : '';
  const content = children.map((child) => blockHtml(child, isLoose)).join('');
  return `<li>${box && isLoose ? content.replace('<p>', `<p>${box}`) : box + content}</li>`;
}

/**
 * @param {Inline} inline
 * @returns {string}
 */
function html(inline) {
  switch (inline.type) {
    case 'text':
      return escaped(inline.text);
    case 'code':
      return `<code>${escaped(inline.text)}</code>`;
    case 'break':
      return '<br />';
    case 'mention':
      return escaped(`@[${inline.id}]`);
    case 'link':
      return `<a href="${escaped(inline.href)}">${inline.children.map(html).join('')}</a>`;
    default: {
      const tag = TAGS[inline.type];
      return `<${tag}>${inline.children.map(html).join('')}</${tag}>`;
    }
  }
}

/** @param {string} text */
const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(
    '"',
    '&quot;',
  );
