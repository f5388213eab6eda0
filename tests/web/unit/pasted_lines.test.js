// Pasted lines become todos, one a line, without their bullets.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MOST_LINES, pastedTodos } from '../../../web/format/pasted_lines.js';

/** @param {string} text */
const outline = (text) =>
  pastedTodos(text).todos.map(({ title, isDone, subtasks }) =>
    [isDone ? `x ${title}` : title, ...subtasks.map((each) => each.title)].join(' > ')
  );

/** @type {[string, string, string[]][]} */
const CASES = [
  ['bullets', '- milk\n* bread\n• tea', ['milk', 'bread', 'tea']],
  ['numbers', '1. wash\r\n2) dry', ['wash', 'dry']],
  ['boxes', '- [ ] pack\n- [x] book\n[X] pay', ['pack', 'x book', 'x pay']],
  ['indentation', 'move\n  boxes\n\ttape\n    more\npaint', [
    'move > boxes > tape > more',
    'paint',
  ]],
  ['a common indentation', '  milk\n  bread', ['milk', 'bread']],
  ['empty lines', '\nmilk\n\n-\n  \nbread\n', ['milk', 'bread']],
  ['a minus sign', '-5 degrees\n- 5 eggs', ['-5 degrees', '5 eggs']],
];
for (const [what, text, expected] of CASES) {
  test(`lines with ${what} become todos`, () => assert.deepEqual(outline(text), expected));
}

test('one line is none', () => assert.equal(pastedTodos('- milk\n').todos.length, 0));

test('lines beyond the limit are counted, and a long line keeps all its words', () => {
  const long = 'word '.repeat(200).trim();
  const { todos, lines, left } = pastedTodos([long, ...Array(MOST_LINES + 4).fill('x')].join('\n'));

  assert.deepEqual([todos.length, lines, left], [MOST_LINES, MOST_LINES, 5]);
  assert.equal(todos[0].title.length, 500);
  assert.equal(todos[0].description, long);
});
