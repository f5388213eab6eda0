// Drafts: kept by place, loaded at the next visit, bounded, and made of what the server refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Drafts, MOST_DRAFTS, placeOf } from '../../../web/store/drafts.js';
import { keepRefused } from '../../../web/store/refused_drafts.js';
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
    assert.equal(keepRefused(drafts, refused(fields), emptyState()), place);
    assert.equal(drafts.text(place), 'Words');
    assert.equal(drafts.get(place)?.end, 'refused');
  }
});

test('a refused comment spares the next one, a refused edit takes what followed', async () => {
  const drafts = await opened(new Map());
  drafts.keep(COMMENT, draft('The next'));
  assert.equal(keepRefused(drafts, refused({ kind: 'comment.add', body: 'W' }), emptyState()), '');
  assert.equal(drafts.text(COMMENT), 'The next');

  drafts.keep('title t1', draft('Words and more'));
  const edit = refused({ kind: 'todo.edit', changes: { title: 'Words' } });
  assert.equal(keepRefused(drafts, edit, emptyState()), 'title t1');
  assert.equal(drafts.text('title t1'), 'Words and more');
});

test('a refused tick keeps nothing', async () => {
  const drafts = await opened(new Map());
  assert.equal(keepRefused(drafts, refused({ kind: 'todo.complete' }), emptyState()), '');
});
