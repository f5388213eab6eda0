// The chips of quick add: what was understood, each of which can be refused by pointer or keyboard.

import { t, tn } from '../../languages/translate.js';
import { chipText, dueChipText } from '../../quick_add/chip_text.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';

/**
 * @import { Reader } from '../../types/client.d.ts'
 * @import { Chip, Reading } from '../../quick_add/read.js'
 *
 * @typedef {object} Choices
 * @property {(words: string) => void} refuse
 * @property {(words: string) => void} want a new label
 */

const DATED = new Set(['due', 'time', 'repeat']);

/**
 * Say how many todos the lines are.
 * @param {number} count
 * @param {number} left
 * @param {boolean} isSub
 */
export const countText = (count, left, isSub) =>
  [
    isSub
      ? tn(count, '{count} subtask', '{count} subtasks')
      : tn(count, '{count} todo', '{count} todos'),
    left > 0 &&
    tn(left, '{count} line stays for the next time', '{count} lines stay for the next time'),
  ].filter(Boolean).join('; ');

/**
 * Return the texts of the readings of a line, for an announcement.
 * @param {Reading} reading
 * @param {Reader} reader
 */
export const chipTexts = (reading, reader) =>
  reading.chips.map((chip) => chip.kind === 'no-label' ? '' : chipText(chip, reading, reader))
    .filter(Boolean);

/**
 * @param {Reading} reading
 * @param {number} line
 * @param {Reader} reader
 * @param {Choices} choices
 */
export function chipsOf(reading, line, reader, choices) {
  const { due, chips } = reading;
  const isDateTyped = chips.some(({ kind }) => DATED.has(kind));
  return [
    due && !isDateTyped
      ? h('span', { key: `${line} day`, class: 'label hue-teal' }, dueChipText(due, reader))
      : null,
    chips.map((chip) =>
      chipOf(chip, `${line} ${chip.kind} ${chip.words}`, reading, reader, choices)
    ),
  ];
}

/**
 * @param {Chip} chip
 * @param {string} key
 * @param {Reading} reading
 * @param {Reader} reader
 * @param {Choices} choices
 */
function chipOf(chip, key, reading, reader, { refuse, want }) {
  const { kind, name = '', words = '' } = chip;
  if (kind === 'no-label') {
    const press = { type: 'button', onClick: () => want(words) };
    const look = { key, class: 'label hue-grey quick-chip is-offer' };
    return h('button', { ...look, ...press }, icon('plus'), t('New label #{name}', { name }));
  }
  const text = chipText(chip, reading, reader);
  if (kind === 'no-person' || kind === 'no-list') {
    return h(
      'span',
      { key, class: 'label hue-grey' },
      t('{text}: it stays in the title', { text }),
    );
  }
  return h(
    'button',
    {
      key,
      class: `label hue-teal quick-chip ${kind}`,
      type: 'button',
      'aria-label': t('{text}: keep “{words}” in the title', { text, words }),
      onClick: () => refuse(words),
      onKeydown: (event) => {
        if (event.key !== 'Backspace' && event.key !== 'Delete') return;
        event.preventDefault();
        refuse(words);
      },
    },
    h('span', { class: 'quick-chip-text' }, text),
    icon('close'),
  );
}
