// Fields of the settings: a choice, and a secret that is shown once.

import { t } from '../../../../languages/translate.js';
import { h } from '../../../base/dom.js';

/** @import { UiState } from '../../../../store/ui_state.js' */

/**
 * Return a labelled choice.
 * @param {string} id
 * @param {string} name
 * @param {string} label
 * @param {[string, string][]} choices values and what the user reads
 * @param {(value: string) => void} [onChoice]
 */
export function selectField(id, name, label, choices, onChoice = (_value) => {}) {
  const options = choices.map(([value, text]) => h('option', { key: value, value }, text));
  return h(
    'div',
    { class: 'field', key: name },
    h('label', { for: id }, label),
    h('select', {
      id,
      name,
      class: 'input',
      onChange: (event) => onChoice(event.currentTarget.value),
    }, options),
  );
}

/**
 * Return a secret that was made just now, with a button that copies it.
 * @param {UiState} ui
 * @param {string} id of the field
 * @param {string} key another one for another secret
 * @param {string} what it is, as a sentence with {name}
 * @param {string} name
 * @param {string} secret
 */
export function secretField(ui, id, key, what, name, secret) {
  return h(
    'div',
    { key, class: 'field', role: 'status' },
    h('label', { for: id }, t(what, { name })),
    h('input', { id, class: 'input', readonly: true, value: secret }),
    h(
      'button',
      { class: 'button', type: 'button', onClick: () => copy(ui, id, secret) },
      t('Copy'),
    ),
  );
}

/**
 * @param {UiState} ui
 * @param {string} id of the field that holds it
 * @param {string} secret
 */
async function copy(ui, id, secret) {
  try {
    await navigator.clipboard.writeText(secret);
    ui.toast(t('Copied.'));
  } catch {
    // Browsers refuse it on pages without https: the user copies the selected text.
    const field = document.getElementById(id);
    if (field instanceof HTMLInputElement) field.select();
    ui.toast(t('Your browser does not allow it. Copy the selected text.'));
  }
}
