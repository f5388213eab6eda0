// Markdown: its blocks and inlines, what stays text, and what is never lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseBlocks, toggleTask } from '../../../web/format/markdown/blocks.js';
import { parseInlines } from '../../../web/format/markdown/inlines.js';
import { inlineHtml, toHtml } from '../../support/web/markdown_html.js';

/** @type {[string, string][]} */
const BLOCKS = [
  ['one\ntwo', '<p>one<br />two</p>'],
  ['one\n\ntwo', '<p>one</p><p>two</p>'],
  ['# Plan #', '<h1>Plan</h1>'],
  ['Plan\n----', '<h2>Plan</h2>'],
  ['#hash is no heading', '<p>#hash is no heading</p>'],
  ['- milk\n- bread', '<ul><li>milk</li><li>bread</li></ul>'],
  ['- milk\n\n- bread', '<ul><li><p>milk</p></li><li><p>bread</p></li></ul>'],
  ['- a\n  - b\n- c', '<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>'],
  ['3. three\n4. four', '<ol start="3"><li>three</li><li>four</li></ol>'],
  ['We are\n2024. A good year', '<p>We are<br />2024. A good year</p>'],
  ['-5 degrees', '<p>-5 degrees</p>'],
  ['> said\nby all', '<blockquote><p>said<br />by all</p></blockquote>'],
  ['```\na *b*\n```\nc', '<pre><code>a *b*\n</code></pre><p>c</p>'],
  ['***', '<hr />'],
  ['- [ ] open\n- [x] done', '<ul><li>[ ] open</li><li>[x] done</li></ul>'],
  ['\t- by tab', '<p>- by tab</p>'],
  ['', ''],
];

/** @type {[string, string][]} */
const INLINES = [
  ['*a* **b** ~~c~~ `d`', '<em>a</em> <strong>b</strong> <s>c</s> <code>d</code>'],
  ['snake_case_name and 2*3*4 = 24', 'snake_case_name and 2<em>3</em>4 = 24'],
  ['5 * 3 * 2', '5 * 3 * 2'],
  ['\\*not\\* \\# a\\b', '*not* # a\\b'],
  ['**a *b* c**', '<strong>a <em>b</em> c</strong>'],
  ['[site](https://e.org "T") x', '<a href="https://e.org">site</a> x'],
  ['see https://e.org/a_b_c.', 'see <a href="https://e.org/a_b_c">https://e.org/a_b_c</a>.'],
  ['**https://e.org**', '<strong><a href="https://e.org">https://e.org</a></strong>'],
  ['<mailto:a@e.org>', '<a href="mailto:a@e.org">mailto:a@e.org</a>'],
  ['![pic](https://e.org/p.png)', '<a href="https://e.org/p.png">pic</a>'],
  [
    '[a [b](https://b.org) c](https://c.org)',
    '[a <a href="https://b.org">b</a> c](<a href="https://c.org">https://c.org</a>)',
  ],
  ['Hi @[u1]!', 'Hi @[u1]!'],
];

/** Nothing of these is a link, HTML or an image: a reader sees what was typed. */
const TEXTS = [
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](data:text/html,hi)',
  '[x](//evil.org)',
  '[x](/settings)',
  '[x](https://)',
  '[x](&#106;avascript:alert(1))',
  '<img src=x onerror=alert(1)>',
  '<javascript:alert(1)>',
  '&lt;b&gt;',
];

test('blocks are those of CommonMark', () => {
  for (const [source, expected] of BLOCKS) assert.equal(toHtml(source), expected, source);
});

test('inlines are those of CommonMark, and addresses are links', () => {
  for (const [source, expected] of INLINES) assert.equal(inlineHtml(source), expected, source);
});

test('what could be dangerous stays text', () => {
  for (const source of TEXTS) {
    const inlines = parseInlines(source);
    assert.deepEqual(inlines, [{ type: 'text', text: source }], source);
  }
});

test('a mention in a comment has the id of the user', () => {
  const [, mention] = parseInlines('Hi @[u1]!');
  assert.deepEqual(mention, { type: 'mention', id: 'u1' });
});

test('a task is checked in the line in which it stands', () => {
  const source = '# List\r\n- [ ] one\r\n  - [x] *two*\n\n1. [ ] three [x]';
  const [, list, ordered] = parseBlocks(source);
  assert.ok(list.type === 'list' && ordered.type === 'list');
  const nested = list.items[0].children[1];
  assert.ok(nested.type === 'list');
  const tasks = [...list.items, ...nested.items, ...ordered.items].map(({ task }) => task);

  assert.deepEqual(tasks, [
    { isDone: false, line: 1 },
    { isDone: true, line: 2 },
    { isDone: false, line: 4 },
  ]);
  assert.equal(toggleTask(source, 1), source.replace('[ ] one', '[x] one'));
  assert.equal(toggleTask(source, 2), source.replace('[x] *two*', '[ ] *two*'));
  assert.equal(toggleTask(source, 4), source.replace('[ ] three', '[x] three'));
  assert.equal(toggleTask(source, 9), source);
});

test('deep nesting stays text, and no word of it is lost', () => {
  const hostile = [
    '> '.repeat(5000) + 'word',
    '- '.repeat(5000) + 'word',
    '*a '.repeat(5000) + 'word' + ' a*'.repeat(5000),
    '*'.repeat(9999) + 'word' + '*'.repeat(9999),
    '**_'.repeat(3000) + 'word' + '_**'.repeat(3000),
    '['.repeat(9000) + 'word' + '](https://e.org)'.repeat(2000),
  ];
  for (const source of hostile) {
    const html = toHtml(source);
    assert.match(html, /word/);
    let [depth, deepest] = [0, 0];
    for (const [, slash, tag] of html.matchAll(/<(\/?)([a-z]+\d?)[^>]*?(?<!\/)>/g)) {
      if (tag === 'br' || tag === 'hr') continue;
      depth += slash ? -1 : 1;
      deepest = Math.max(deepest, depth);
    }
    assert.equal(depth, 0);
    assert.ok(deepest <= 64, `${deepest}`);
  }
});
