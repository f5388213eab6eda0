// The form of a dialog that asks for a name.

import { t } from '../../languages/translate.js';
import { h } from '../base/dom.js';

/**
 * @import { Child } from '../../types/dom.d.ts'
 */

/**
 * @typedef {object} NameForm
 * @property {string} id of the field
 * @property {string} [name] the present one
 * @property {number} maxlength
 * @property {Child} [fields] below the name
 * @property {string} problem why the name was not taken; or empty
 * @property {string} action what the button says that saves
 * @property {boolean} [busy]
 * @property {Child} [other] a button beside those that save and cancel
 * @property {(name: string) => void} onSave
 * @property {() => void} onCancel
 */

/** @param {NameForm} form */
export const nameForm = ({ id, name, maxlength, fields = null, problem, onSave, ...end }) =>
  h(
    'form',
    {
      class: 'form',
      novalidate: true,
      onSubmit: (event) => {
        event.preventDefault();
        onSave(event.currentTarget.querySelector('input')?.value.trim() ?? '');
      },
    },
    h(
      'div',
      { class: 'field' },
      h('label', { for: id }, t('Name')),
      h('input', {
        id,
        class: 'input',
        maxlength,
        autofocus: true,
        autocomplete: 'off',
        value: name,
      }),
    ),
    fields,
    h('p', { class: 'problem', role: 'alert', hidden: !problem }, problem),
    buttons(end),
  );

/** @param {Pick<NameForm, 'action' | 'busy' | 'other' | 'onCancel'>} end */
const buttons = ({ action, busy = false, other = null, onCancel }) =>
  h(
    'div',
    { class: 'dialog-end' },
    other,
    h('button', { class: 'button', type: 'button', onClick: onCancel }, t('Cancel')),
    h('button', { class: 'button primary', type: 'submit', disabled: busy }, action),
  );
