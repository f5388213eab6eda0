// What is shown of an import: its progress, what will come, and what cannot be carried over.

import { h } from '../../../base/dom.js';

/**
 * @import { ImportDetail } from '../../../../types/contract.d.ts'
 */

// More problems are in the answer of the API.
const MAX_SHOWN = 20;

/** @param {ImportDetail} shown */
export function state(shown) {
  const { state: now, todos_total: total, todos_done: done, error } = shown;
  if (now === 'failed') return h('p', { key: 'state', class: 'problem' }, error);
  if (now === 'done') return h('p', { key: 'state', role: 'status' }, report(shown));
  if (now === 'cancelled') {
    return h('p', { key: 'state', role: 'status' }, `Cancelled. ${report(shown)}`);
  }
  if (now !== 'running') {
    const text = now === 'ready' ? `${count(total, 'todo')} can be imported.` : 'Reading the file…';
    return h('p', { key: 'state', role: 'status' }, text);
  }
  const percent = total ? Math.floor((100 * done) / total) : 0;
  return h(
    'div',
    { key: 'progress', class: 'export-progress' },
    h('label', { for: 'import-progress' }, `Importing: ${percent} %`),
    h('progress', { id: 'import-progress', max: 100, value: percent }),
    h('p', { class: 'quiet' }, 'You can leave this page.'),
  );
}

/** @param {ImportDetail} shown */
function report({ todos_created: created, todos_skipped: skipped, todos_failed: failed }) {
  const parts = [`${count(created, 'todo')} imported`];
  if (skipped) parts.push(`${skipped} were there already`);
  if (failed) parts.push(`${failed} found no room in their list`);
  return `${parts.join(', ')}.`;
}

/** @param {ImportDetail} shown */
export function preview({ lists, sample }) {
  return h(
    'div',
    { key: 'preview' },
    h(
      'ul',
      { class: 'import-lists' },
      lists.map(({ name, todos }, index) =>
        h('li', { key: String(index) }, `${name}: ${count(todos, 'todo')}`)
      ),
    ),
    sample.length > 0 ? h('p', { class: 'quiet' }, 'The first ones:') : null,
    h(
      'ul',
      { class: 'import-sample' },
      sample.map(({ title, is_subtask: isSubtask }, index) =>
        h('li', { key: String(index), class: isSubtask ? 'is-subtask' : '' }, title)
      ),
    ),
  );
}

/** @param {ImportDetail} shown */
export function problems({ problems: found, problem_count: total }) {
  if (total === 0) return null;
  return h(
    'details',
    { key: 'problems' },
    h('summary', null, `${count(total, 'thing')} cannot be carried over`),
    h(
      'ul',
      null,
      found.slice(0, MAX_SHOWN).map(({ line, text }, index) =>
        h('li', { key: String(index) }, line ? `Line ${line}: ${text}` : text)
      ),
    ),
  );
}

/**
 * @param {number} number
 * @param {string} noun
 */
const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;
