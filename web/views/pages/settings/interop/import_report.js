// What is shown of an import: its progress, what will come, and what cannot be carried over.

import { t, tn } from '../../../../languages/translate.js';
import { h } from '../../../base/dom.js';

/**
 * @import { ImportDetail } from '../../../../types/contract.d.ts'
 */

/** @param {ImportDetail} shown */
export function state(shown) {
  const { state: now, todos_total: todos, files_total: files, error } = shown;
  if (now === 'failed') return h('p', { key: 'state', class: 'problem' }, error);
  if (now === 'done') return h('p', { key: 'state', role: 'status' }, report(shown));
  if (now === 'cancelled') {
    return h('p', { key: 'state', role: 'status' }, `${t('Cancelled.')} ${report(shown)}`);
  }
  if (now !== 'running') {
    const text = now === 'ready'
      ? tn(todos, '{count} todo can be imported.', '{count} todos can be imported.')
      : reading(shown.todos_done);
    const withFiles = files
      ? ` ${tn(files, 'With {count} attached file.', 'With {count} attached files.')}`
      : '';
    return h('p', { key: 'state', role: 'status' }, text + withFiles);
  }
  const total = todos + files;
  const percent = total ? Math.floor((100 * (shown.todos_done + shown.files_done)) / total) : 0;
  return h(
    'div',
    { key: 'progress', class: 'export-progress' },
    h('label', { for: 'import-progress' }, t('Importing: {percent} %', { percent })),
    h('progress', { id: 'import-progress', max: 100, value: percent }),
    h('p', { class: 'quiet' }, t('You can leave this page.')),
  );
}

/** @param {number} done todos that were read; how many there are is not known yet */
function reading(done) {
  if (!done) return t('Reading the file…');
  return tn(
    done,
    'Reading the file: {count} todo so far…',
    'Reading the file: {count} todos so far…',
  );
}

/** @param {ImportDetail} shown */
function report({ todos_created: created, todos_skipped: skipped, todos_failed: failed }) {
  const sentences = [tn(created, '{count} todo imported.', '{count} todos imported.')];
  if (skipped) {
    sentences.push(tn(skipped, '{count} was there already.', '{count} were there already.'));
  }
  if (failed) {
    sentences.push(
      tn(failed, '{count} found no room in its list.', '{count} found no room in their list.'),
    );
  }
  return sentences.join(' ');
}

/** @param {ImportDetail} shown */
export function preview({ lists, sample }) {
  return h(
    'div',
    { key: 'preview' },
    h(
      'ul',
      { class: 'import-lists' },
      lists.map(({ name, folder, todos }, index) => {
        const place = folder ? `${folder} › ${name}` : name;
        return h(
          'li',
          { key: String(index) },
          `${place}: ${tn(todos, '{count} todo', '{count} todos')}`,
        );
      }),
    ),
    sample.length > 0 ? h('p', { class: 'quiet' }, t('The first ones:')) : null,
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
export function problems({ file_name: fileName, problems: found, problem_count: total }) {
  if (total === 0) return null;
  const lines = found.map(({ line, text }) =>
    line ? t('Line {line}: {text}', { line, text }) : text
  );
  // The server keeps the words of the first two hundred.
  const more = total - found.length;
  if (more > 0) lines.push(tn(more, 'and {count} more', 'and {count} more'));
  return h(
    'details',
    { key: 'problems' },
    h(
      'summary',
      null,
      tn(total, '{count} thing cannot be carried over', '{count} things cannot be carried over'),
    ),
    h(
      'ul',
      null,
      lines.map((line, index) => h('li', { key: String(index) }, line)),
    ),
    h('a', {
      href: `data:text/plain;charset=utf-8,${encodeURIComponent(`${lines.join('\n')}\n`)}`,
      download: `${fileName}.txt`,
    }, t('Save as text')),
  );
}
