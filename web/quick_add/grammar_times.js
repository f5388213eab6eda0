// The part of the grammar of quick add for times of day. The table: grammar.js.

/**
 * @import { Row } from './grammar.js'
 */

/** @type {Row[]} */
export const TIME_ROWS = [
  {
    kind: 'time',
    means: 'clock',
    place: 'anywhere',
    says: 'that time; tomorrow, if it is past today',
    en: ['(at|@) {time}', "(at|@) {hour} (o’clock|o'clock)"],
    de: ['(um|gegen|ab) {time}'],
  },
  {
    kind: 'time',
    means: 'clock',
    place: 'ends',
    says: 'that time; tomorrow, if it is past today',
    en: ['{half}'],
    de: ['{half}'],
  },
  {
    kind: 'time',
    means: 'clock',
    place: 'end',
    says: 'that time; 1 to 6 are in the afternoon',
    en: ['(at|@) {hour}', '(at|@) (?<clock>\\d{1,2}\\.\\d{2})'],
    de: ['um {hour}', 'um (?<clock>\\d{1,2}\\.\\d{2})'],
  },
  {
    kind: 'time',
    means: 'bareClock',
    place: 'ends',
    says: 'that time; tomorrow, if it is past today',
    en: ['{clock}'],
  },
  {
    kind: 'time',
    means: 'bareHour',
    place: 'joined',
    says: 'right after a day, at the end: that hour; 1 to 6 are in the afternoon',
    en: ['{hour}'],
    de: ['{hour}'],
  },
  {
    kind: 'time',
    means: 'halfBefore',
    place: 'anywhere',
    says: 'half an hour before that hour',
    de: ['um halb (?<n>\\d{1,2}|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf)'],
  },
  {
    kind: 'time',
    means: 'noon',
    place: 'anywhere',
    says: '12:00',
    en: ['(at|by) (noon|midday)'],
    de: ['(um|gegen) zwölf [uhr]'],
  },
  { kind: 'time', means: 'noon', place: 'end', says: '12:00', en: ['noon'] },
  {
    kind: 'time',
    means: 'part',
    place: 'joined',
    says: '09:00, 12:00, 15:00 or 19:00',
    en: ['[in the|at] {part}'],
    de: ['[am] {part}'],
  },
  {
    kind: 'time',
    means: 'times',
    place: 'anywhere',
    says: 'due at the first time; the times go into the description',
    en: [
      'from {time} (to|until|till|-|–) {time2}',
      'from {hour} (to|until|till) {time2}',
      'from {hour} (to|until|till) {hour2}',
      '{clock}(-|–| - | – ){clock2}',
      '{hour}(-|–| - | – ){half}',
      '{half}(-|–| - | – | to ){half2}',
    ],
    de: [
      'von {time} bis {time2}',
      'von {hour} bis {time2}',
      'von {hour} bis {hour2}',
      '{clock}(-|–| - | – ){clock2} [uhr]',
      '{hour}(-|–| - | – | bis ){half}',
    ],
  },
  {
    kind: 'time',
    means: 'times',
    place: 'joined',
    says: 'due at the first time; the times go into the description',
    en: [
      '{hour}(-|–| - | – | to ){hour2}',
      '{clock} (to|until) {clock2}',
      '{clock} (to|until) {hour2}',
    ],
    de: ['{hour} bis {hour2}', '{clock} bis {clock2}'],
  },
];
