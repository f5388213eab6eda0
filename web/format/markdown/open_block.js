// A block of a Markdown text while lines are added to it, and when it is finished. Pure.

/**
 * @typedef {{type: 'paragraph', text: string}} Paragraph
 * @typedef {{type: 'heading', level: number, text: string}} Heading
 * @typedef {{type: 'code', text: string}} Code
 * @typedef {{type: 'rule'}} Rule
 * @typedef {{type: 'quote', children: Block[]}} Quote
 * @typedef {object} Item
 * @property {Block[]} children
 * @property {{isDone: boolean, line: number} | null} task `line` is that of its box, from 0
 * @typedef {{type: 'list', first: number | null, isLoose: boolean, items: Item[]}} List `first` is
 *   the number of an ordered list
 * @typedef {Paragraph | Heading | Code | Rule | Quote | List} Block
 */

/**
 * A block while lines are added, with the numbers of its first and last line.
 * @typedef {object} OpenBlock
 * @property {Block['type'] | 'item'} type
 * @property {number} start
 * @property {number} end
 * @property {OpenBlock[]} children
 * @property {string[]} lines
 * @property {number} level of a heading
 * @property {number} indent what continues an item is indented by so much; of a fence, its own
 * @property {string} marker that items of a list share, or the fence
 * @property {number | null} first
 */

const TASK = /^\[([ xX])\]\s+(?=\S)/;

/**
 * @param {OpenBlock['type']} type
 * @param {number} number of its first line
 * @returns {OpenBlock}
 */
export const newBlock = (type, number) => ({
  type,
  start: number,
  end: number,
  children: [],
  lines: [],
  level: 0,
  indent: 0,
  marker: '',
  first: null,
});

/**
 * @param {OpenBlock} block
 * @returns {number} its last line that is not blank
 */
const lastLine = (block) =>
  block.children.reduce((end, child) => Math.max(end, lastLine(child)), block.end);

/**
 * Return True if a blank line separates two of the blocks.
 * @param {OpenBlock[]} blocks
 */
const haveGap = (blocks) =>
  blocks.some((block, index) => index > 0 && block.start > lastLine(blocks[index - 1]) + 1);

/**
 * @param {OpenBlock} block
 * @returns {Block}
 */
export function finished(block) {
  const { type, level, lines, children, first } = block;
  switch (type) {
    case 'rule':
      return { type };
    case 'code':
      return { type, text: lines.join('\n') };
    case 'heading':
      return { type, level, text: lines.join('\n').trim() };
    case 'quote':
      return { type, children: children.map(finished) };
    case 'list': {
      const isLoose = haveGap(children) || children.some((item) => haveGap(item.children));
      return { type, first, isLoose, items: children.map(finishedItem) };
    }
    default:
      return { type: 'paragraph', text: lines.join('\n').trimEnd() };
  }
}

/**
 * @param {OpenBlock} item
 * @returns {Item}
 */
function finishedItem({ children: [head, ...others] }) {
  const found = head?.type === 'paragraph' ? TASK.exec(head.lines[0]) : null;
  if (head && found) head.lines[0] = head.lines[0].slice(found[0].length);
  return {
    children: (head ? [head, ...others] : []).map(finished),
    task: head && found ? { isDone: found[1] !== ' ', line: head.start } : null,
  };
}
