// What a user may allow a program: how much of what it asks for, and in which lists.

import { message, t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { chosenLists, listChoice } from '../settings/list_choice.js';

/**
 * @import { MyListShape, TokenScope } from '../../../types/contract.d.ts'
 * @typedef {{scope: TokenScope, list_ids: string[] | null}} Choice
 */

/** @type {[TokenScope, string][]} */
const SCOPES = [
  ['read', message('Only see them')],
  ['write', message('See and change them')],
  ['admin', message('See and change them, and administer this site')],
];

/**
 * Return the fields of the choice. The widest scope that was asked for is chosen at first.
 * @param {TokenScope} widest
 * @param {Record<string, MyListShape>} lists
 * @param {boolean} isOfSomeLists
 * @param {(isOfSomeLists: boolean) => void} onReach
 */
export function choiceFields(widest, lists, isOfSomeLists, onReach) {
  const last = SCOPES.findIndex(([name]) => name === widest);
  return [
    last > 0
      ? h(
        'div',
        { class: 'field', key: 'scope' },
        h('label', { for: 'allowed-scope' }, t('It may')),
        h(
          'select',
          { id: 'allowed-scope', name: 'scope', class: 'input' },
          SCOPES.slice(0, last + 1).reverse().map(([value, text]) =>
            h('option', { key: value, value }, t(text))
          ),
        ),
      )
      : null,
    h(
      'div',
      { class: 'field', key: 'reach' },
      h('label', { for: 'allowed-reach' }, t('In')),
      h(
        'select',
        {
          id: 'allowed-reach',
          name: 'reach',
          class: 'input',
          onChange: (event) => onReach(event.currentTarget.value === 'some'),
        },
        h('option', { value: 'all' }, t('All lists, also those to come')),
        h('option', { value: 'some' }, t('Some lists only')),
      ),
    ),
    isOfSomeLists ? listChoice(lists) : null,
  ];
}

/**
 * Return the choice; null if some lists were to be chosen and none was.
 * @param {Record<string, string>} values of the form
 * @returns {Choice | null}
 */
export function choiceOf({ scope, reach, ...values }) {
  const listIds = reach === 'some' ? chosenLists(values) : null;
  if (listIds?.length === 0) return null;
  const chosen = SCOPES.find(([name]) => name === scope)?.[0] ?? 'read';
  return { scope: chosen, list_ids: listIds };
}
