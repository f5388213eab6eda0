// Patterns of the grammar as regular expressions. Pure.

import { GRAMMAR } from './grammar.js';
import { SLOTS } from './words.js';

/**
 * @import { Row } from './grammar.js'
 * @import { Language } from './words.js'
 * @typedef {{row: Row, language: Language, expression: RegExp}} Pattern
 */

/** @type {Language[]} */
const LANGUAGES = ['en', 'de'];
/** @type {Map<Language, Pattern[]>} by the language that comes first */
const compiled = new Map();

/**
 * Return the expression of a pattern at the beginning of a text in lower case. Punctuation may
 * follow it.
 * @param {string} pattern
 * @param {Language} language
 */
export function expressionOf(pattern, language) {
  const source = pattern
    .replace(/(?<!\\)\./g, '\\.')
    .replace(/\((?!\?)/g, '(?:')
    .replace(/\[([^\]]+)\] /g, '(?:(?:$1) )?')
    .replace(/ \[([^\]]+)\]/g, '(?: (?:$1))?')
    .replace(
      /\{([a-z_]+)(\d?)\}/g,
      (_slot, name, number) => `(?<${name}${number}>${SLOTS[language][name]})`,
    );
  return new RegExp(`^(?:${source})(?=[.,;:!?]*(?: |$))`);
}

/**
 * Return all patterns, those of the reader's language first.
 * @param {Language} first
 */
export function patternsFor(first) {
  const found = compiled.get(first);
  if (found) return found;
  const patterns = [...LANGUAGES].sort((a, b) => Number(b === first) - Number(a === first))
    .flatMap((language) =>
      GRAMMAR.flatMap((row) =>
        (row[language] ?? []).map((pattern) => ({
          row,
          language,
          expression: expressionOf(pattern, language),
        }))
      )
    );
  compiled.set(first, patterns);
  return patterns;
}
