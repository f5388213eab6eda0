// The field of a day in a form: with a calendar once the tools are loaded, of which it is one; else
// the browser's own.

import { t } from '../../languages/translate.js';
import { h } from './dom.js';

/**
 * @param {boolean} hasTools
 * @param {string} value
 */
export const dayInput = (hasTools, value) =>
  hasTools ? h('ll-day-field', { key: 'day', value }) : h(
    'label',
    { key: 'day' },
    h('span', { class: 'menu-caption' }, t('Day')),
    h('input', { class: 'input', type: 'date', name: 'day', required: true, value }),
  );

/**
 * Return the day of a form with such a field; empty if there is none.
 * @param {HTMLFormElement} form
 */
export function dayIn(form) {
  const field = form.querySelector('ll-day-field');
  if (field && 'day' in field) return String(field.day);
  const input = form.elements.namedItem('day');
  return input instanceof HTMLInputElement ? input.value : '';
}
