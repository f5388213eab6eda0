// Draws a Markdown text.

import { parseBlocks } from '../../format/markdown/blocks.js';
import { parseInlines } from '../../format/markdown/inlines.js';
import { t } from '../../languages/translate.js';
import { h } from './dom.js';

/**
 * @import { Block, Item, List } from '../../format/markdown/open_block.js'
 * @import { Inline } from '../../format/markdown/inlines.js'
 * @import { Child } from '../../types/dom.d.ts'
 */

/**
 * @typedef {object} MarkdownOptions
 * @property {(id: string) => string} [nameOf] the name of a mentioned user
 * @property {(line: number) => void} [onToggle] checks or unchecks the task in a line of the text
 */

// The page and its sections have the levels above.
const FIRST_LEVEL = 3;

/**
 * Describe a text of a user.
 * @param {string} source
 * @param {MarkdownOptions} [options]
 */
export const markdown = (source, options = {}) =>
  h('div', { class: 'markdown' }, parseBlocks(source).map((block) => drawn(block, options)));

/**
 * @param {Block} block
 * @param {MarkdownOptions} options
 * @returns {Child}
 */
function drawn(block, options) {
  switch (block.type) {
    case 'rule':
      return h('hr', null);
    case 'code':
      // Long lines are scrolled, by keyboard too.
      return h(
        'pre',
        { tabindex: 0, role: 'group', 'aria-label': t('Code') },
        h('code', null, block.text),
      );
    case 'heading':
      return h(
        `h${Math.min(block.level + FIRST_LEVEL - 1, 6)}`,
        null,
        inlines(block.text, options),
      );
    case 'quote':
      return h('blockquote', null, block.children.map((child) => drawn(child, options)));
    case 'list':
      return list(block, options);
    default:
      return h('p', null, inlines(block.text, options));
  }
}

/**
 * @param {List} block
 * @param {MarkdownOptions} options
 */
function list({ first, isLoose, items }, options) {
  const isOrdered = first !== null;
  return h(
    isOrdered ? 'ol' : 'ul',
    {
      class: isLoose ? 'is-loose' : '',
      start: isOrdered && first !== 1 ? String(first) : undefined,
    },
    items.map((item) => listItem(item, options)),
  );
}

/**
 * @param {Item} item
 * @param {MarkdownOptions} options
 */
function listItem({ children, task }, options) {
  const { onToggle } = options;
  const content = children.map((child) => drawn(child, options));
  if (!task) return h('li', null, content);
  const [head] = children;
  return h(
    'li',
    { class: 'is-task' },
    h('input', {
      type: 'checkbox',
      checked: task.isDone,
      disabled: !onToggle,
      'aria-label': head?.type === 'paragraph' ? head.text : t('Task'),
      onChange: () => onToggle?.(task.line),
    }),
    h('div', null, content),
  );
}

/**
 * @param {string} text
 * @param {MarkdownOptions} options
 */
const inlines = (text, options) => parseInlines(text).map((inline) => inlineOf(inline, options));

/**
 * @param {Inline} inline
 * @param {MarkdownOptions} options
 * @returns {Child}
 */
function inlineOf(inline, options) {
  switch (inline.type) {
    case 'text':
      return inline.text;
    case 'break':
      return h('br', null);
    case 'code':
      return h('code', null, inline.text);
    case 'mention':
      return options.nameOf
        ? h('span', { class: 'mention' }, `@${options.nameOf(inline.id)}`)
        : `@[${inline.id}]`;
    case 'link':
      return h(
        'a',
        { href: inline.href, target: '_blank', rel: 'noopener noreferrer nofollow' },
        inline.children.map((child) => inlineOf(child, options)),
      );
    default:
      return h(inline.type, null, inline.children.map((child) => inlineOf(child, options)));
  }
}
