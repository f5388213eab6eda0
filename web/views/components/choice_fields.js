// The fields of a filter in which a user chooses some of a few: of a view, and of a calendar feed.

import { priorityName } from '../../format/priorities.js';
import { t } from '../../languages/translate.js';
import { withChoice } from '../../store/list_views/views.js';
import { h } from '../base/dom.js';
import { choicesOf, statuses } from '../tools/view_texts.js';

/**
 * @import { App } from '../../app.js'
 * @import { ViewFilter } from '../../types/contract.d.ts'
 * @import { ChoiceField } from '../../store/list_views/views.js'
 * @typedef {{id: string | number, name: string}} Choice
 * @typedef {{field: ChoiceField, label: string, choices: Choice[]}} OfferedField
 */

/**
 * Return what a filter of a list offers, or of all lists.
 * @param {App} app
 * @param {string} listId '' for all lists
 * @returns {OfferedField[]}
 */
export function offeredFields(app, listId) {
  const mine = choicesOf(app, listId, 'personal_label')
    .map(({ id, name }) => ({ id, name: t('{name} (only for me)', { name }) }));
  const labels = [...choicesOf(app, listId, 'label'), ...mine];
  const members = choicesOf(app, listId, 'assignee');
  const isShared = members.length > 1 || !listId;
  const states = Object.entries(statuses()).map(([id, name]) => ({ id, name }));
  return [
    {
      field: 'priorities',
      label: t('Priority'),
      choices: [5, 4, 3, 2, 1, 0].map((id) => ({ id, name: priorityName(id) })),
    },
    { field: 'statuses', label: t('Status'), choices: states },
    {
      field: 'labels',
      label: t('Label'),
      choices: labels.length > 0 ? [...labels, { id: 'none', name: t('No label') }] : [],
    },
    {
      field: 'assignees',
      label: t('Assignee'),
      choices: isShared ? [...members, { id: 'none', name: t('Unassigned') }] : [],
    },
  ];
}

/**
 * @param {App} app
 * @param {string} listId '' for all lists
 * @param {Pick<ViewFilter, ChoiceField>} filter
 * @param {(change: Partial<Pick<ViewFilter, ChoiceField>>) => void} onChange
 */
export function choiceFields(app, listId, filter, onChange) {
  return offeredFields(app, listId).map(({ field, label, choices }) => {
    /** @type {(string | number)[]} */
    const chosen = filter[field];
    return choices.length === 0 ? null : h(
      'div',
      { key: field, class: 'view-choices', role: 'group', 'aria-label': label },
      h('span', { class: 'view-label' }, label),
      choices.map(({ id, name }) =>
        h('button', {
          key: String(id),
          type: 'button',
          class: `chip ${chosen.includes(id) ? 'is-on' : ''}`,
          'aria-pressed': String(chosen.includes(id)),
          onClick: () => onChange({ [field]: withChoice(chosen, id) }),
        }, name)
      ),
    );
  });
}

/**
 * @param {string} label
 * @param {Record<string, string>} options what each value is called
 * @param {string} value
 * @param {(value: string) => void} onChange
 */
export function selectRow(label, options, value, onChange) {
  return h(
    'label',
    { key: label, class: 'view-field' },
    h('span', null, label),
    h(
      'select',
      { class: 'input', value, onChange: (event) => onChange(event.currentTarget.value) },
      Object.entries(options).map(([key, text]) =>
        h('option', { key, value: key, selected: key === value }, text)
      ),
    ),
  );
}

/**
 * @param {string} text
 * @param {(text: string) => void} onInput
 */
export function wordsRow(text, onInput) {
  return h(
    'label',
    { key: 'text', class: 'view-field' },
    h('span', null, t('Words')),
    h('input', {
      class: 'input',
      type: 'search',
      maxlength: 200,
      value: text,
      onInput: (event) => onInput(event.currentTarget.value),
    }),
  );
}
