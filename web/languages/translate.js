// The texts of the page in the reader's language. The English text is the key of a message, as in
// gettext: a page in English needs no catalogue, and a message without a translation stays English.

/**
 * @typedef {Record<string, string | string[]>} Messages a translation for each English text; for a
 *   text that counts, one for each plural form of the language, in the order of `forms`
 * @typedef {{language: string, direction?: string, forms: string[], messages: Messages}} Catalogue
 * @typedef {Record<string, string | number>} Values
 */

/** @type {Catalogue} */
const ENGLISH = { language: 'en', forms: ['one', 'other'], messages: {} };
let catalogue = ENGLISH;
let plurals = new Intl.PluralRules('en');

/**
 * Set the catalogue of all texts from now on; null for English.
 * @param {Catalogue | null} next
 */
export function setCatalogue(next) {
  catalogue = next ?? ENGLISH;
  plurals = new Intl.PluralRules(catalogue.language);
}

/** The language of the page's texts, as in `lang="de"`. */
export const language = () => catalogue.language;

/** The direction of the page's texts, as in `dir="rtl"`. */
export const direction = () => catalogue.direction ?? 'ltr';

/**
 * Return the translation of an English text, with each `{name}` replaced by its value.
 * @param {string} text
 * @param {Values} [values]
 */
export function t(text, values) {
  const found = catalogue.messages[text];
  return fill(typeof found === 'string' && found ? found : text, values);
}

/**
 * Return the translation of a text that counts: `tn(3, '{count} todo', '{count} todos')`.
 * @param {number} count
 * @param {string} one the English text for 1, which is the message's key
 * @param {string} other the English text for all other numbers
 * @param {Values} [values] more values than `count`
 */
export function tn(count, one, other, values) {
  const found = catalogue.messages[one];
  const form = plurals.select(count);
  const text = Array.isArray(found) ? found[catalogue.forms.indexOf(form)] : '';
  return fill(text || (count === 1 ? one : other), { count, ...values });
}

/**
 * @param {string} text
 * @param {Values} [values]
 */
function fill(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole)) : text;
}

/**
 * Mark a text for the catalogues at the top level of a module, where no catalogue is set yet. Give
 * it to t() where it is drawn.
 * @param {string} text
 */
export const message = (text) => text;

/**
 * Return the translation of a text as its parts, for an element in the middle of a sentence:
 * `parts('Sent to {address}.', { address: h('b', null, address) })`.
 * @template Part
 * @param {string} text
 * @param {Record<string, Part>} values
 * @returns {(string | Part)[]}
 */
export function parts(text, values) {
  return t(text).split(/\{(\w+)\}/g).map((part, at) => at % 2 ? values[part] ?? part : part);
}

/**
 * Translate the second of each pair: values and marked texts, as for a select.
 * @template {string} Value
 * @param {[Value, string][]} choices
 * @returns {[Value, string][]}
 */
export const translated = (choices) => choices.map(([value, text]) => [value, t(text)]);
