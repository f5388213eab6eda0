// How a file is read: what it is, into which list, and which column of a CSV file is which field.

import { message, t, translated } from '../../../../languages/translate.js';
import { h } from '../../../base/dom.js';

/**
 * @import { ImportColumns, ImportDetail, ImportKind } from '../../../../types/contract.d.ts'
 * @import { Child } from '../../../../types/dom.d.ts'
 */

/** @type {[ImportKind, string][]} */
const KINDS = [
  ['livelist', 'Livelist (JSON)'],
  ['csv', 'CSV'],
  ['todoist', 'Todoist'],
  ['trello', 'Trello'],
  ['vikunja', 'Vikunja'],
  ['microsoft', 'Microsoft To Do'],
  ['google', 'Google Tasks'],
  ['ticktick', 'TickTick'],
  ['icalendar', 'iCalendar'],
  ['super_productivity', 'Super Productivity'],
  ['todo_txt', 'todo.txt'],
  ['markdown', 'Markdown'],
];
/**
 * Fields of a todo that a column of a CSV file can be: all that the server knows.
 * @type {Record<keyof ImportColumns, string>}
 */
const FIELDS = {
  title: message('Title'),
  list: message('List'),
  description: message('Description'),
  due: message('Due date'),
  time_zone: message('Time zone'),
  repeat: message('Repeat rule'),
  priority: message('Priority'),
  labels: message('Labels'),
  status: message('Status'),
  completed_at: message('Completed at'),
  id: message('Id'),
  parent_id: message('Id of the todo above'),
};

/**
 * @param {ImportDetail} shown
 * @param {[string, string][]} lists
 * @param {(form: unknown) => void} onChange
 */
export function options(shown, lists, onChange) {
  const isCsv = shown.kind === 'csv' && shown.header.length > 0;
  const fields = /** @type {[keyof ImportColumns, string][]} */ (Object.entries(FIELDS));
  return h(
    'form',
    {
      key: 'options',
      class: 'import-options',
      'aria-busy': String(shown.state === 'previewing'),
      onChange: (event) => onChange(event.currentTarget),
    },
    choice('kind', t('What the file is'), translated(KINDS), shown.kind ?? ''),
    choice('list_id', t('Into the list'), lists, shown.list_id ?? '', t('As in the file')),
    isCsv
      ? fields.map(([name, label]) =>
        choice(
          name,
          t(label),
          shown.header.map((column) => [column, column]),
          shown.columns[name] ?? '',
        )
      )
      : null,
  );
}

/**
 * @param {string} name
 * @param {string} label
 * @param {[string, string][]} options
 * @param {string} value
 * @param {string} [otherwise]
 * @returns {Child}
 */
function choice(name, label, options, value, otherwise = t('Find out')) {
  const id = `import-${name}`;
  return h(
    'div',
    { key: name, class: 'field' },
    h('label', { for: id }, label),
    h(
      'select',
      { id, name, class: 'input' },
      h('option', { value: '', selected: value === '' }, otherwise),
      options.map(([option, text]) =>
        h('option', { key: option, value: option, selected: option === value }, text)
      ),
    ),
  );
}
