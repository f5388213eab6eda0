// Several pasted lines as todos, one a line. Pure.

/**
 * @typedef {object} PastedTodo
 * @property {string} title
 * @property {string} [description] the whole line, if it is too long for a title
 * @property {boolean} isDone
 * @property {PastedTodo[]} subtasks
 */

/** Each becomes a request of its own, so that all are sent within some seconds. */
export const MOST_LINES = 100;
const LONGEST_TITLE = 500;
const BULLET = /^(?:[-*+•‣◦–—]|\d{1,3}[.)])(?:\s+|$)/u;
const BOX = /^\[([ xX]?)\]\s*/;

/**
 * Return the todos of a text; fewer than two lines are none. Lines that are further indented than
 * the one before become subtasks, all of one level.
 * @param {string} text
 * @returns {{todos: PastedTodo[], lines: number, left: number}} `left`: lines beyond MOST_LINES
 */
export function pastedTodos(text) {
  const lines = text.split(/\r\n|[\r\n\u2028\u2029]/).filter((line) => lineTodo(line) !== null);
  if (lines.length < 2) return { todos: [], lines: lines.length, left: 0 };
  const taken = lines.slice(0, MOST_LINES);
  const outermost = Math.min(...taken.map(indentOf));
  /** @type {PastedTodo[]} */
  const todos = [];
  let parentIndent = outermost;
  for (const line of taken) {
    const todo = lineTodo(line);
    if (!todo) continue;
    const parent = todos.at(-1);
    if (parent && indentOf(line) > parentIndent) parent.subtasks.push(todo);
    else {
      todos.push(todo);
      parentIndent = indentOf(line);
    }
  }
  return { todos, lines: taken.length, left: lines.length - taken.length };
}

/**
 * Return how far a line is indented; a tab counts as four spaces.
 * @param {string} line
 */
const indentOf = (line) => (/^\s*/.exec(line)?.[0] ?? '').replaceAll('\t', '    ').length;

/**
 * Return the todo of a line without its bullet, number and box; null if nothing is left.
 * @param {string} line
 * @returns {PastedTodo | null}
 */
function lineTodo(line) {
  const text = line.trim().replace(BULLET, '');
  const box = BOX.exec(text);
  const title = (box ? text.slice(box[0].length) : text).trim();
  if (!title) return null;
  const isLong = title.length > LONGEST_TITLE;
  return {
    title: isLong ? `${title.slice(0, LONGEST_TITLE - 1)}…` : title,
    ...(isLong ? { description: title } : {}),
    isDone: box?.[1].toLowerCase() === 'x',
    subtasks: [],
  };
}
