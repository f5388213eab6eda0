// The fields of the form of a share link.

import { t } from '../../languages/translate.js';
import { h } from '../base/dom.js';

/**
 * @import { ShareLinkShape } from '../../types/contract.d.ts'
 * @import { Field } from '../base/form_view.js'
 */

/**
 * @param {ShareLinkShape} [link]
 * @returns {Field[]}
 */
export const fieldsOf = (link) => [
  {
    name: 'name',
    label: t('For whom is it?'),
    hint: t('Such as “Neighbours”. Only owners see it.'),
    value: link?.name,
  },
  {
    name: 'password',
    label: link ? t('New password') : t('Password'),
    type: 'password',
    autocomplete: 'new-password',
    minlength: 8,
    optional: true,
    hint: link
      ? t('A new one ends the visits of all its guests.')
      : t('Asked for before the list opens.'),
  },
];

/**
 * @param {string} name
 * @param {string} label
 * @param {string[][]} options
 * @param {string} chosen
 */
export const select = (name, label, options, chosen) =>
  h(
    'div',
    { class: 'field', key: name },
    h('label', { for: `link-${name}` }, label),
    h(
      'select',
      { id: `link-${name}`, name, class: 'input' },
      options.map(([value, text]) => h('option', { value, selected: value === chosen }, text)),
    ),
  );
