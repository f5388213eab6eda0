// The fields of the profile that decide how texts, dates and times are written.

import { languages } from '../../../../languages/loading.js';
import { t } from '../../../../languages/translate.js';
import { h } from '../../../base/dom.js';

/**
 * @import { AccountShape } from '../../../../types/contract.d.ts'
 *
 * @typedef {[value: string, text: string]} Option
 */

/** @param {AccountShape} account */
export const regionFields = (account) => [
  select('language', t('Language'), account.language, languageOptions()),
  select('time_zone', t('Time zone'), account.time_zone, zoneOptions(account.time_zone), {
    hint: t('Dates and reminders follow it.'),
  }),
  select('week_start', t('First day of the week'), account.week_start, [
    ['', t('As in my region')],
    ['mon', t('Monday')],
    ['sat', t('Saturday')],
    ['sun', t('Sunday')],
  ]),
  select('hour_cycle', t('Times'), account.hour_cycle, [
    ['', t('As in my region')],
    ['h23', t('24 hours, as in 18:30')],
    ['h12', t('12 hours, as in 6:30 pm')],
  ]),
];

/** @returns {Option[]} each language by its own name */
const languageOptions = () => [
  ['', t('As in the browser')],
  .../** @type {Option[]} */ (languages().map((code) => [code, nameOf(code)])),
];

/** @param {string} code */
function nameOf(code) {
  const name = new Intl.DisplayNames(code, { type: 'language' }).of(code) ?? code;
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
}

/**
 * @param {string} present
 * @returns {Option[]}
 */
function zoneOptions(present) {
  const known = Intl.supportedValuesOf('timeZone');
  const zones = known.includes(present) ? known : [present, ...known];
  return zones.map((zone) => [zone, zone.replaceAll('_', ' ')]);
}

/**
 * @param {string} name
 * @param {string} label
 * @param {string} present
 * @param {Option[]} options
 * @param {{hint?: string}} [extra]
 */
function select(name, label, present, options, { hint } = {}) {
  const id = `profile-${name}`;
  return h(
    'div',
    { class: 'field', key: name },
    h('label', { for: id }, label),
    h(
      'select',
      { id, name, class: 'input' },
      options.map(([value, text]) =>
        h('option', { key: value, value, selected: value === present }, text)
      ),
    ),
    hint ? h('p', { class: 'hint' }, hint) : null,
  );
}
