// Which language the page has, and the loading of its catalogue. The page names the files; English
// needs none.

import { direction, language, setCatalogue } from './translate.js';

/**
 * @import { Catalogue } from './translate.js'
 */

const ENGLISH = 'en';
// What the account chose, so that the next visit begins in that language.
const KEY = 'livelist.language';
// Then the page is drawn in English: a text that can be read is better than none.
const WAIT_MS = 4_000;

/** @type {Record<string, string> | null} */
let addresses = null;

/** Return the addresses of the catalogues by language. */
function catalogues() {
  addresses ??= /** @type {Record<string, string>} */ (JSON.parse(
    document.querySelector('meta[name=livelist-languages]')?.getAttribute('content') ?? '{}',
  ));
  return addresses;
}

/** Return the codes of all languages. */
export const languages = () => [ENGLISH, ...Object.keys(catalogues())];

/**
 * Return the language of the page: as chosen, else the first language of the browser that we have.
 * @param {string} [chosen] of the account, '' for none
 */
export function wantedLanguage(chosen = localStorage.getItem(KEY) ?? '') {
  const known = languages();
  for (const tag of [chosen, ...navigator.languages]) {
    const parts = tag.toLowerCase().split('-');
    for (let length = parts.length; length > 0; length--) {
      const wanted = parts.slice(0, length).join('-');
      const found = known.find((each) => each.toLowerCase() === wanted);
      if (found) return found;
    }
  }
  return ENGLISH;
}

/**
 * Keep the choice of the account on this device.
 * @param {string} chosen
 */
export function keepLanguage(chosen) {
  if (chosen) localStorage.setItem(KEY, chosen);
  else localStorage.removeItem(KEY);
}

/**
 * Load the catalogue of a language and set it; null if it is set already. Without its file the page
 * stays as it is.
 * @param {string} wanted
 * @returns {Promise<void> | null}
 */
export function loadLanguage(wanted) {
  if (wanted === language()) return null;
  return load(wanted);
}

/** @param {string} wanted */
async function load(wanted) {
  try {
    setCatalogue(wanted === ENGLISH ? null : await fetchCatalogue(catalogues()[wanted]));
  } catch {
    return;
  }
  const { documentElement } = document;
  documentElement.lang = language();
  documentElement.dir = direction();
}

/**
 * @param {string} address
 * @returns {Promise<Catalogue>}
 */
async function fetchCatalogue(address) {
  const answer = await fetch(address, { signal: AbortSignal.timeout(WAIT_MS) });
  if (!answer.ok) throw new Error(`the catalogue of a language: ${answer.status}`);
  return await answer.json();
}
