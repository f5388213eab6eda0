// Quick add: what it reads in a sentence, what it leaves alone, and that no word is lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CASES, contextOf, shortened } from './support/quick_add.js';
import { READER } from './support/reader.js';
import { isMonthFirst } from '../../../web/format/locale.js';
import { chipText, rangeText } from '../../../web/quick_add/chip_text.js';
import { GRAMMAR } from '../../../web/quick_add/grammar.js';
import { DAYS, TIMES } from '../../../web/quick_add/meanings.js';
import { patternsFor } from '../../../web/quick_add/patterns.js';
import { readLine } from '../../../web/quick_add/read.js';
import { REPEATS } from '../../../web/quick_add/rules.js';
import { linesOf, reminderFields, todoFields } from '../../../web/quick_add/todo_fields.js';

/** @import { Language } from '../../../web/quick_add/words.js' */

for (const { sentence, language, locale, now, zone, expected } of CASES) {
  test(`a reader of ${locale} types "${sentence}"${now ? ` at ${now}` : ''}`, () => {
    const context = contextOf({
      language: /** @type {Language} */ (language),
      monthFirst: isMonthFirst(locale),
      ...(now ? { now: Date.parse(now) } : {}),
      ...(zone ? { zone } : {}),
    });

    assert.deepEqual(shortened(readLine(sentence, context)), expected);
  });
}

test('a label of the list wins over one of the same name that is the user’s own', () => {
  const named = (/** @type {string} */ name) => ({ id: `id-${name}`, name });
  const context = contextOf({
    ownLabels: [named('waiting'), named('Home')],
    contentOf: () => ({ labels: [named('home')], people: [] }),
  });

  const reading = readLine('Ask Ben #waiting #home #other', context);

  const { title, labels, ownLabels } = reading;
  assert.deepEqual([title, labels, ownLabels], ['Ask Ben #other', ['id-home'], ['id-waiting']]);
  assert.deepEqual(
    reading.chips.map((chip) => chipText(chip, reading, READER)).slice(0, 2),
    ['#waiting only for me', '#home of the list'],
  );
  assert.equal(chipText({ ...reading.chips[1], hidesOwn: false }, reading, READER), '#home');
});

test('ordinary sentences are as many in each language', () => {
  for (const language of ['en', 'de']) {
    const ordinary = CASES.filter((each) => each.set === 'ordinary' && each.language === language);
    assert.equal(ordinary.length, 25);
  }
});

test('an ordinary sentence means the same to readers of the other language', () => {
  for (const { sentence, language, expected } of CASES.filter(({ set }) => set === 'ordinary')) {
    const other = language === 'de' ? 'en' : 'de';
    assert.deepEqual(shortened(readLine(sentence, contextOf({ language: other }))), expected);
  }
});

test('each row of the grammar has a meaning', () => {
  const kinds = { day: DAYS, time: TIMES, repeat: REPEATS };
  for (const { kind, means } of GRAMMAR) {
    if (kind in kinds) assert.ok(kinds[/** @type {keyof typeof kinds} */ (kind)][means], means);
  }
});

test('each pattern of the grammar matches, and none an empty text', () => {
  for (const { expression } of patternsFor('en')) assert.equal(expression.exec(' '), null);
});

/** A generator of the same numbers for the same seed (mulberry32). */
function randomFrom(/** @type {number} */ seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
// Words of all sentences in any order, and what could break the reading of them.
const WORDS = [
  ...new Set(CASES.flatMap(({ sentence }) => sentence.split(' '))),
  ...['"', '“', '„', '\\', '\\\\x', '#', '@', '+', '!', '!6', '#ü', '…', ',', '31.', '99/99', '🎉'],
];

test('every typed word is in the title or in a chip, and the title keeps their order', () => {
  const random = randomFrom(20261130);
  for (let turn = 0; turn < 4_000; turn += 1) {
    const length = 1 + Math.floor(random() * 9);
    const words = Array.from({ length }, () => WORDS[Math.floor(random() * WORDS.length)]);
    const language = random() < 0.5 ? 'en' : 'de';
    const { title, chips } = readLine(words.join(' '), contextOf({ language }));
    const taken = new Set(
      chips.filter(({ kind }) => !kind.startsWith('no-')).flatMap(({ spans }) =>
        spans.flatMap(([from, to]) => Array.from({ length: to - from }, (_, at) => from + at))
      ),
    );
    const counted = chips.filter(({ kind }) => !kind.startsWith('no-'))
      .flatMap(({ spans }) => spans).reduce((sum, [from, to]) => sum + to - from, 0);
    const left = words.filter((_word, at) => !taken.has(at))
      .map((word) => word.replace(/^\\(?=[\p{L}\p{N}#@+!])/u, ''));

    assert.equal(counted, taken.size, `a word is in two chips: ${words.join(' ')}`);
    assert.equal(title, left.join(' '), words.join(' '));
    assert.notEqual(title, '');
  }
});

test('the words of every refused chip return to the title', () => {
  for (const { sentence, language } of CASES.filter(({ sentence }) => !sentence.includes('\\'))) {
    /** @type {Set<string>} */
    const refused = new Set();
    const context = contextOf({ language: /** @type {Language} */ (language), refused });
    // Without one chip, the words of another may mean something else.
    for (let turn = 0; turn < 9; turn += 1) {
      readLine(sentence, context).chips.forEach(({ words = '' }) => refused.add(words));
    }
    const { title, due, repeat, chips } = readLine(sentence, context);

    assert.equal(title, sentence);
    assert.deepEqual([due, repeat, chips], [null, null, []]);
  }
});

test('one refused chip leaves the others', () => {
  const refused = new Set(['tomorrow at 9']);
  const { title, due, priority } = readLine('Call Ben tomorrow at 9 !4', contextOf({ refused }));

  assert.deepEqual([title, due, priority], ['Call Ben tomorrow at 9', null, 4]);
});

test('an unknown label is made when it is wanted; other names stay in the title', () => {
  const text = 'Milk @zoe #shop +nowhere tomorrow';
  const before = readLine(text, contextOf());
  const after = readLine(text, contextOf({ wanted: new Set(['#shop']) }));

  assert.equal(before.title, 'Milk @zoe #shop +nowhere');
  assert.deepEqual(before.chips.map(({ kind }) => kind), [
    'no-person',
    'no-label',
    'no-list',
    'due',
  ]);
  assert.deepEqual([after.title, after.newLabels], ['Milk @zoe +nowhere', ['shop']]);
});

test('labels and people are those of the list that is named', () => {
  const contentOf = (/** @type {string} */ id) => ({
    labels: id === 'id of Errands' ? [{ id: 'L9', name: 'shop' }] : [],
    people: [],
  });
  const { labels, listId } = readLine('Milk #shop +Errands', contextOf({ contentOf }));

  assert.deepEqual([labels, listId], [['L9'], 'id of Errands']);
});

test('on a page of a day a time alone is on that day', () => {
  const day = '2026-12-01';
  const timed = readLine('Call Ben at 9', contextOf({ day }));
  const plain = readLine('Call Ben', contextOf({ day }));
  const reminded = readLine('remind me tomorrow to call Ben', contextOf({ day }));

  assert.deepEqual(timed.due, { at: '2026-12-01T09:00:00', zone: 'Europe/Berlin' });
  assert.deepEqual(plain.due, { date: day });
  assert.equal(reminded.due, null);
});

test('a reminder in the past is none, and its words stay', () => {
  for (
    const text of ['remind me today 8am to call', 'Call at 10:30 remind me 2h before', 'remind me']
  ) {
    const { title, reminder } = readLine(text, contextOf());
    assert.equal(reminder, null);
    assert.match(title, /remind me/);
  }
});

/** @type {[string, string[]][]} */
const CHIPS = [
  ['Call Ben 7 dec at 9', ['Mon 7 Dec, 9:00']],
  ['Call Ben 7 dec 2027', ['Tue 7 Dec 2027']],
  ['Water every second tuesday', ['Every second Tuesday · next Tue 1 Dec']],
  ['Pay every 1st at 9', ['On the 1st of every month · next Tue 1 Dec, 9:00']],
  ['Fix p1', ['Urgent (p1)']],
  ['Fix !1', ['Low (!1; p1 is urgent)']],
  ['Meet friday 9-11', ['Fri 4 Dec, 9:00–11:00']],
  ['Fair 7-9 dec', ['Mon 7 Dec–Wed 9 Dec']],
  ['tomorrow call Ben at 9', ['Tue 1 Dec, 9:00', '9:00']],
  ['Call tomorrow 9:00 remind me 1h before', ['Tue 1 Dec, 9:00', 'Reminder an hour before']],
  ['remind me tomorrow to call', ['Reminder Tue 1 Dec, 9:00']],
  ['Fix @ana #home +errands @x', ['@Ana Lopez', '#home', 'In Errands', 'No member @x']],
];
for (const [text, expected] of CHIPS) {
  test(`the chips of "${text}" say ${expected.join('; ')}`, () => {
    const context = contextOf();
    const reading = readLine(text, context);
    const reader = { ...READER, now: context.now };

    assert.deepEqual(reading.chips.map((chip) => chipText(chip, reading, reader)), expected);
  });
}

test('several lines are several todos, at most a hundred at once', () => {
  const { lines, left } = linesOf(`Milk tomorrow\n\nBread\n${'x\n'.repeat(100)}`);

  assert.deepEqual(lines.slice(0, 2), ['Milk tomorrow', 'Bread']);
  assert.deepEqual([lines.length, left.length], [100, 2]);
});

test('the end of a range and a title that is too long go into the description', () => {
  const context = contextOf();
  const reader = { ...READER, now: context.now };
  const reading = readLine('Meet friday 9-11', context);
  const range = todoFields(reading, rangeText(reading, reader));
  const long = todoFields(readLine('x'.repeat(501), context), '');

  assert.equal(range.description, 'Fri 4 Dec, 9:00–11:00');
  assert.deepEqual([long.title.length, long.description], [500, 'x'.repeat(501)]);
});

test('a reminder before a day counts from nine in the morning', () => {
  const context = contextOf();
  const reader = { ...READER, now: context.now };
  const reading = readLine('Pay 7 dec remind me 1h before', context);

  assert.deepEqual(reminderFields(reading, reader), {
    fields: { minutes_before: 60 },
    firesAt: '2026-12-07T07:00:00.000Z',
  });
});

test('a line of the greatest length is read within a tenth of a second', () => {
  const words = 'every second tuesday at 9 in 3 days #home @ana jeden 1. um 9 bis Freitag ';
  const text = words.repeat(600 / words.length);
  // The shortest of some times: a busy machine interrupts the others.
  const times = Array.from({ length: 10 }, () => {
    const start = performance.now();
    readLine(text, contextOf());
    return performance.now() - start;
  });

  assert.ok(Math.min(...times) < 100, `${times}`);
});
