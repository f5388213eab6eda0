// Drafts: kept by place, loaded at the next visit, bounded, and made of what the server refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MY_LIST } from './support/sample.js';
import { Drafts, MOST_DRAFTS, placeOf } from '../../../web/store/drafts.js';
import { keepRefused, takeBack } from '../../../web/store/refused_drafts.js';
import { emptyState } from '../../../web/sync/state.js';

/**
 * @import { Draft, Mutation } from '../../../web/types/client.d.ts'
 */

/**
 * @param {string} text
 * @returns {Omit<Draft, 'at'>}
 */
const draft = (text) => ({ text, listId: 'l1', todoId: 't1', action: 'write_comment' });

/** @param {Map<string, Draft>} rows what is on the device */
const storage = (rows) => ({
  all: () => Promise.resolve(new Map(rows)),
  /**
   * @param {string} place
   * @param {Draft} kept
   */
  put: (place, kept) => Promise.resolve(void rows.set(place, kept)),
  /** @param {string} place */
  delete: (place) => Promise.resolve(void rows.delete(place)),
});

const COMMENT = placeOf('comment', 't1');

/** @param {Map<string, Draft>} rows */
async function opened(rows) {
  const drafts = new Drafts(() => {});
  await drafts.open(storage(rows));
  return drafts;
}

test('a draft is there at the next visit, until it is dropped', async () => {
  const rows = new Map();
  (await opened(rows)).keep(COMMENT, draft('Half'));

  const next = await opened(rows);
  assert.equal(next.text(COMMENT), 'Half');
  next.drop(COMMENT);

  assert.equal((await opened(rows)).text(COMMENT), '');
});

test('a draft is on the device until its change is stored, or newer words are there', async () => {
  const rows = new Map();
  const drafts = await opened(rows);
  const sent = Promise.withResolvers();
  const later = Promise.withResolvers();
  drafts.keep(COMMENT, draft('Sent'));
  drafts.drop(COMMENT, sent.promise);
  const [shown, stored] = [drafts.text(COMMENT), rows.get(COMMENT)?.text];
  sent.resolve(undefined);
  await sent.promise;
  const afterwards = rows.size;
  drafts.keep(COMMENT, draft('Sent too'));
  drafts.keep(COMMENT, draft(''), later.promise);
  drafts.keep(COMMENT, draft('Newer'));
  later.resolve(undefined);
  await later.promise;

  assert.deepEqual([shown, stored, afterwards], ['', 'Sent', 0]);
  assert.equal(rows.get(COMMENT).text, 'Newer');
});

test('an empty text is no draft', async () => {
  const rows = new Map();
  const drafts = await opened(rows);
  drafts.keep(COMMENT, draft('Half'));
  drafts.keep(COMMENT, draft(''));

  assert.equal(drafts.get(COMMENT), undefined);
  assert.equal(rows.size, 0);
});

test('what is typed while the device is read is newer than what it has', async () => {
  const rows = new Map([[COMMENT, { ...draft('Old'), at: 1 }]]);
  const drafts = new Drafts(() => {});
  const opening = drafts.open(storage(rows));
  drafts.keep(COMMENT, draft('New'));
  await opening;

  assert.equal(drafts.text(COMMENT), 'New');
});

test('the user before never sees the drafts of the next one', async () => {
  const drafts = await opened(new Map([[COMMENT, { ...draft('Hers'), at: 1 }]]));
  drafts.close();

  assert.equal(drafts.text(COMMENT), '');
});

test('a provisional todo keeps its drafts under its real id', async () => {
  const rows = new Map();
  const drafts = await opened(rows);
  drafts.keep(placeOf('comment', 'new:1'), { ...draft('Half'), todoId: 'new:1' });
  drafts.rename('new:1', 't9');

  assert.deepEqual([...rows.keys()], [placeOf('comment', 't9')]);
  assert.equal(drafts.get(placeOf('comment', 't9'))?.todoId, 't9');
});

test('a field that still names the provisional id keeps the same draft', async () => {
  const rows = new Map();
  const drafts = await opened(rows);
  const [before, after] = [placeOf('title', 'new:1'), placeOf('title', 't9')];
  drafts.keep(before, { ...draft('Hal'), todoId: 'new:1' });
  drafts.rename('new:1', 't9');
  drafts.keep(before, { ...draft('Half'), todoId: 'new:1' });

  assert.deepEqual([...rows.keys()], [after]);
  assert.equal(drafts.text(before), 'Half');
  assert.equal(drafts.get(after)?.todoId, 't9');
  drafts.drop(before);
  assert.equal(rows.size, 0);
});

test('a draft in a list that gets its id names that id', async () => {
  const drafts = await opened(new Map());
  drafts.keep(COMMENT, { ...draft('Half'), listId: 'new:2' });
  drafts.rename('new:2', 'l9');

  assert.equal(drafts.get(COMMENT)?.listId, 'l9');
});

test('the oldest draft goes when there are too many', async () => {
  const rows = new Map();
  const drafts = await opened(rows);
  for (let n = 0; n <= MOST_DRAFTS; n++) drafts.keep(placeOf('comment', `t${n}`), draft('Half'));

  assert.equal(rows.size, MOST_DRAFTS);
  assert.equal(drafts.text(placeOf('comment', 't0')), '');
});

test('a device without storage keeps drafts as long as the page', async () => {
  const drafts = new Drafts(() => {});
  const broken = () => Promise.reject(new Error('no storage'));
  await drafts.open({ all: broken, put: broken, delete: broken });
  drafts.keep(COMMENT, draft('Half'));

  assert.equal(drafts.text(COMMENT), 'Half');
});

/** @param {object} fields */
const refused = (fields) => {
  const mutation = {
    key: 'k',
    at: '2026-01-01T00:00:00Z',
    list_id: 'l1',
    todo_id: 't1',
    ...fields,
  };
  return /** @type {Mutation} */ (/** @type {unknown} */ (mutation));
};

test('what the server refused is a draft of the field it was typed into', async () => {
  for (
    const [place, fields] of /** @type {[string, object][]} */ ([
      ['comment t1', { kind: 'comment.add', body: 'Words' }],
      ['comment-edit c1', { kind: 'comment.edit', comment_id: 'c1', body: 'Words' }],
      ['title t1', { kind: 'todo.edit', changes: { title: 'Words' } }],
      ['description t1', { kind: 'todo.edit', changes: { description: 'Words' } }],
      ['add l1', { kind: 'todo.add', fields: { title: 'Words' } }],
      ['subtask t1', { kind: 'todo.add', fields: { title: 'Words', parent_id: 't1' } }],
    ])
  ) {
    const drafts = await opened(new Map());
    const kept = keepRefused(drafts, [refused(fields)], emptyState());
    assert.deepEqual(kept, [{ place, text: 'Words' }]);
    assert.equal(drafts.text(place), 'Words');
    assert.equal(drafts.get(place)?.end, 'refused');
  }
});

test('a refused comment follows the next one, a refused edit takes what followed', async () => {
  const drafts = await opened(new Map());
  drafts.keep(COMMENT, draft('The next'));
  const comment = refused({ kind: 'comment.add', body: 'W' });
  const kept = keepRefused(drafts, [comment], emptyState());
  keepRefused(drafts, [comment], emptyState());
  assert.equal(drafts.text(COMMENT), 'The next\nW', 'once, though it was refused again');
  takeBack(drafts, kept);
  assert.equal(drafts.text(COMMENT), 'The next');

  drafts.keep('title t1', { ...draft('Words and more'), action: 'edit_todo' });
  const edit = refused({ kind: 'todo.edit', changes: { title: 'Words' } });
  const before = keepRefused(drafts, [edit], emptyState());
  takeBack(drafts, before);
  assert.equal(drafts.text('title t1'), 'Words and more');
});

test('what a refused undo would have brought back is no draft', async () => {
  const drafts = await opened(new Map());
  for (const shown of [{ comment: { body: 'Theirs' } }, { label: { name: 'buy' } }]) {
    const undo = refused({ kind: 'change.undo', undoes: 'k', ...shown });
    assert.deepEqual(keepRefused(drafts, [undo], emptyState()), []);
  }
});

test('of two refused edits the later text is kept', async () => {
  const drafts = await opened(new Map());
  for (const title of ['First', 'Second']) {
    keepRefused(drafts, [refused({ kind: 'todo.edit', changes: { title } })], emptyState());
  }
  assert.equal(drafts.text('title t1'), 'Second');
});

test('names and the words of an unknown change can be copied when they are refused', async () => {
  const state = { ...emptyState(), lists: { [MY_LIST.id]: MY_LIST } };
  const drafts = await opened(new Map());
  const changes = /** @type {Mutation[]} */ (/** @type {unknown} */ ([
    { key: 'a', kind: 'list.add', fields: { name: 'Cabin', colour: 'teal', icon: '' } },
    { key: 'b', kind: 'folder.edit', folder_id: 'f1', changes: { name: 'Work' } },
    { key: 'c', kind: 'list.edit', list_id: MY_LIST.id, changes: { name: MY_LIST.name } },
    {
      key: 'd',
      kind: 'poll.add',
      id: 'x',
      fields: { title: 'When?', choices: [{ text: 'Monday' }] },
    },
    { key: 'e', kind: 'todo.restore', todos: [{ title: 'Old' }] },
  ]));

  const kept = keepRefused(drafts, changes, state);

  assert.deepEqual(kept.map(({ text }) => text), ['Cabin', 'Work', 'When?\nMonday']);
  assert.ok(kept.every(({ place }) => drafts.get(place)?.isLost));
});

test('a refused tick keeps nothing', async () => {
  const drafts = await opened(new Map());
  assert.deepEqual(keepRefused(drafts, [refused({ kind: 'todo.complete' })], emptyState()), []);
});

/**
 * @param {string} id
 * @param {string} title
 * @param {{list_id?: string, parent_id?: string}} [fields]
 */
const adding = (id, title, { list_id = 'l1', ...fields } = {}) =>
  refused({ kind: 'todo.add', temp_id: id, list_id, fields: { title, ...fields } });

test('all titles of a list that was not made are in the field of the Inbox', async () => {
  const drafts = await opened(new Map());
  const inbox = { ...MY_LIST, id: 'inbox', is_inbox: true };
  const state = { ...emptyState(), lists: { inbox } };
  const inNew = { list_id: 'new:l' };
  const dropped = [
    refused({ kind: 'list.add', temp_id: 'new:l', fields: { name: 'Move' } }),
    adding('new:1', 'Boxes', inNew),
    adding('new:2', 'Tape', { ...inNew, parent_id: 'new:1' }),
    refused({ kind: 'todo.edit', todo_id: 'new:2', ...inNew, changes: { title: 'Strong tape' } }),
    refused({ kind: 'comment.add', todo_id: 'new:1', ...inNew, body: 'How many?' }),
  ];

  const kept = keepRefused(drafts, dropped, state);

  assert.equal(drafts.text('add inbox'), 'Boxes\nStrong tape');
  assert.equal(drafts.text('comment new:1'), 'How many?');
  takeBack(drafts, kept);
  assert.equal(drafts.size, 0);
});

test('several refused subtasks are lines of the field of subtasks', async () => {
  const drafts = await opened(new Map());
  const onTodo = { parent_id: 't1' };
  const dropped = [adding('new:1', 'A', onTodo), adding('new:2', 'B', onTodo)];
  keepRefused(drafts, dropped, emptyState());
  keepRefused(drafts, [adding('new:3', 'C', onTodo)], emptyState());

  assert.equal(drafts.text('subtask t1'), 'A\nB\nC');
});

test('what is typed beside refused lines stays when they are sent again', async () => {
  const drafts = await opened(new Map());
  const [first] = ['A', 'B'].map((title, at) =>
    keepRefused(drafts, [adding(`new:${at}`, title)], emptyState())
  );
  drafts.keep('add l1', { ...draft('A\nB\nC'), action: 'create_todo' });

  takeBack(drafts, first);

  assert.equal(drafts.text('add l1'), 'B\nC');
});

test("what is kept after closing is nobody's, until the next user opens the drafts", async () => {
  const rows = new Map();
  const drafts = await opened(new Map());
  drafts.close();
  drafts.keep(COMMENT, draft('Late words of the one before'));
  const closed = drafts.size;

  await drafts.open(storage(rows));
  const next = drafts.size;
  drafts.keep(COMMENT, draft('Own'));

  assert.deepEqual([closed, next, drafts.text(COMMENT)], [0, 0, 'Own']);
});
