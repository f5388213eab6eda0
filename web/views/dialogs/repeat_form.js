// The form for a repeat that is none of the usual ones, and the rule its fields come to.

import { codeOf, partsOf, ruleOf } from '../../format/repeat.js';
import { DAY_CODES } from '../../format/words/repeat_words.js';
import { message, t, tn } from '../../languages/translate.js';
import { addDays, dayOf, dueDay } from '../../store/dates.js';
import { firstWeekday } from '../../format/locale.js';
import { h } from '../base/dom.js';
import { dayIn } from '../tools/day_field.js';

/**
 * @import { CountsFrom } from '../../types/contract.d.ts'
 * @import { Due, Reader } from '../../types/client.d.ts'
 * @import { RuleParts } from '../../format/repeat.js'
 */

/** @typedef {{rule: string, counts_from: CountsFrom}} ChosenRepeat */

/** @type {[unit: string, name: (count: number) => string][]} */
const UNITS = [
  ['DAILY', (count) => tn(count, 'day', 'days')],
  ['WEEKLY', (count) => tn(count, 'week', 'weeks')],
  ['MONTHLY', (count) => tn(count, 'month', 'months')],
  ['YEARLY', (count) => tn(count, 'year', 'years')],
];
const ENDS = [['', message('Never')], ['UNTIL', message('On a day')], [
  'COUNT',
  message('After times'),
]];
const LARGEST = 999;
const FIRST_COUNT = '10';
const FIRST_UNTIL_DAYS = 365;

/**
 * @param {ChosenRepeat} chosen
 * @param {Due} due
 * @param {Reader} reader
 * @param {(repeat: ChosenRepeat) => void} onChange
 */
export function repeatForm(chosen, due, reader, onChange) {
  const parts = partsOf(chosen.rule);
  return h(
    'form',
    {
      class: 'due-form',
      key: 'form',
      onInput: (event) => onChange(readForm(event.currentTarget, chosen, reader)),
      onSubmit: (event) => event.preventDefault(),
    },
    everyFields(parts),
    parts.FREQ === 'WEEKLY' && chosen.counts_from === 'schedule'
      // A weekly rule without a weekday repeats on that of the due date.
      ? weekdayFields((parts.BYDAY || codeOf(dueDay(due))).split(','), reader.locale)
      : null,
    countsFromField(chosen.counts_from),
    endFields(parts),
  );
}

/** @param {RuleParts} parts */
function everyFields(parts) {
  return h(
    'div',
    { class: 'repeat-every' },
    h('span', null, t('Every')),
    h('input', {
      class: 'input',
      type: 'number',
      name: 'interval',
      min: 1,
      max: LARGEST,
      'aria-label': t('Interval'),
      value: parts.INTERVAL ?? '1',
    }),
    h(
      'select',
      { class: 'input', name: 'unit', 'aria-label': t('Unit') },
      UNITS.map(([unit, name]) =>
        h(
          'option',
          { value: unit, selected: parts.FREQ === unit },
          name(Number(parts.INTERVAL ?? 1)),
        )
      ),
    ),
  );
}

/**
 * @param {string[]} chosen
 * @param {string} locale
 */
function weekdayFields(chosen, locale) {
  /**
   * @param {number} at
   * @param {'long' | 'narrow'} weekday
   */
  const dayName = (at, weekday) =>
    // 1 January 2024 was a Monday.
    new Intl.DateTimeFormat(locale, { weekday, timeZone: 'UTC' }).format(Date.UTC(2024, 0, 1 + at));
  return h(
    'div',
    { class: 'weekdays', role: 'group', 'aria-label': t('Days of the week') },
    weekFrom(firstWeekday(locale)).map((at) =>
      h(
        'label',
        { class: 'weekday' },
        h('input', {
          type: 'checkbox',
          name: 'day',
          value: DAY_CODES[at],
          checked: chosen.includes(DAY_CODES[at]),
          'aria-label': dayName(at, 'long'),
        }),
        h('span', null, dayName(at, 'narrow')),
      )
    ),
  );
}

/**
 * Return the days of a week in its order, 0 for Monday.
 * @param {number} first 1 for Monday
 */
const weekFrom = (first) => DAY_CODES.map((_, at) => (first - 1 + at) % 7);

/** @param {CountsFrom} chosen */
function countsFromField(chosen) {
  /**
   * @param {CountsFrom} value
   * @param {string} text
   */
  const option = (value, text) => h('option', { value, selected: chosen === value }, text);
  return h(
    'label',
    null,
    h('span', { class: 'menu-caption' }, t('Counted from')),
    h(
      'select',
      { class: 'input', name: 'counts_from' },
      option('schedule', t('The date it was due')),
      option('completion', t('The day it is done')),
    ),
  );
}

/** @param {RuleParts} parts */
function endFields(parts) {
  const end = parts.COUNT ? 'COUNT' : parts.UNTIL ? 'UNTIL' : '';
  return h(
    'div',
    { class: 'due-fields' },
    h(
      'label',
      null,
      h('span', { class: 'menu-caption' }, t('Ends')),
      h(
        'select',
        { class: 'input', name: 'end' },
        ENDS.map(([value, text]) => h('option', { value, selected: end === value }, t(text))),
      ),
    ),
    end === 'COUNT' ? countField(parts.COUNT) : null,
    end === 'UNTIL' ? untilField(parts.UNTIL ?? '') : null,
  );
}

/** @param {string | undefined} count */
function countField(count) {
  return h(
    'label',
    { key: 'count-label' },
    h('span', { class: 'menu-caption' }, t('Number of times')),
    h('input', {
      key: 'count',
      class: 'input',
      type: 'number',
      name: 'last',
      min: 1,
      max: LARGEST,
      value: count,
    }),
  );
}

/** @param {string} until YYYYMMDD */
const untilField = (until) =>
  h('ll-day-field', {
    key: 'until',
    label: t('Last day'),
    value: until.replace(/(....)(..)(..)/, '$1-$2-$3'),
  });

/**
 * Return the repeat that the fields of the form come to.
 * @param {HTMLFormElement} form
 * @param {ChosenRepeat} before
 * @param {Reader} reader
 * @returns {ChosenRepeat}
 */
function readForm(form, before, reader) {
  const fields = new FormData(form);
  const parts = partsOf(before.rule);
  const unit = String(fields.get('unit'));
  const countsFrom = fields.get('counts_from') === 'completion' ? 'completion' : 'schedule';
  const isSameUnit = unit === parts.FREQ && countsFrom === 'schedule';
  const interval = Math.trunc(Number(fields.get('interval'))) || 1;
  // What the form does not show (the second Tuesday, say) stays while the unit does.
  const { FREQ: _f, INTERVAL: _i, COUNT: _c, UNTIL: _u, BYDAY, ...rest } = isSameUnit ? parts : {};
  const chosenDays = DAY_CODES.filter((code) => fields.getAll('day').includes(code)).join(',');
  const days = unit === 'WEEKLY' ? chosenDays : BYDAY;
  const rule = ruleOf({
    FREQ: unit,
    INTERVAL: interval > 1 ? String(Math.min(LARGEST, interval)) : '',
    ...endOf(form, fields, parts, reader),
    BYDAY: isSameUnit ? days : '',
    ...rest,
  });
  return { rule, counts_from: countsFrom };
}

/**
 * @param {HTMLFormElement} form
 * @param {FormData} fields
 * @param {RuleParts} before what stays until a typed day is understood
 * @param {Reader} reader
 * @returns {RuleParts}
 */
function endOf(form, fields, before, reader) {
  const last = String(fields.get('last') ?? '');
  switch (fields.get('end')) {
    case 'COUNT':
      return { COUNT: /^[1-9]\d{0,2}$/.test(last) ? last : FIRST_COUNT };
    case 'UNTIL': {
      const first = addDays(dayOf(reader.now, reader.zone), FIRST_UNTIL_DAYS);
      return {
        UNTIL: dayIn(form).replaceAll('-', '') || before.UNTIL || first.replaceAll('-', ''),
      };
    }
    default:
      return {};
  }
}
