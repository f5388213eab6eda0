// What quick add understands: one table, which docs/quick-add.md and the tests share.
//
//   {slot}      a word of that kind, see words.js        (a|b)   one of these words
//   [a|b]       one of these words, or none
//
// A pattern of one language counts for readers of both. `place` says where its words are certain:
//   anywhere    in any part of the text
//   ends        at the beginning, at the end, or before a preposition
//   end         at the end, before a comma, or before a preposition
//   joined      only beside a day, a time or a repeat
// Beside one, any of them is certain.

import { DAY_ROWS } from './grammar_days.js';
import { REPEAT_ROWS } from './grammar_repeats.js';
import { TIME_ROWS } from './grammar_times.js';

/**
 * @typedef {object} Row
 * @property {'day' | 'time' | 'repeat' | 'reminder' | 'until' | 'from' | 'times'
 *   | 'after' | 'remind'} kind
 * @property {string} means which function of meanings.js or rules.js computes it
 * @property {'anywhere' | 'ends' | 'end' | 'joined'} place
 * @property {string} says for the documentation
 * @property {string[]} [en]
 * @property {string[]} [de]
 */

/** @type {Row[]} */
export const GRAMMAR = [...DAY_ROWS, ...TIME_ROWS, ...REPEAT_ROWS];
