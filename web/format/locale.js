// The locale of dates and times. Pure.

const FALLBACK = 'en-GB';
// To find one out again for each row costs more than to draw the row.
/** @type {Map<string, string>} */
const FOUND = new Map();

/**
 * Return the locale of dates for that of an account or of the browser.
 * @param {string} locale
 */
export function readerLocale(locale) {
  const found = FOUND.get(locale) ?? englishLocale(locale);
  FOUND.set(locale, found);
  return found;
}

/**
 * Return the English locale of a reader's region: the page's words are English, and a date in
 * another language among them is hard to read. "de-DE" becomes "en-DE", with its 24 hours.
 * @param {string} locale
 */
export function englishLocale(locale) {
  try {
    const { language, region } = new Intl.Locale(locale).maximize();
    const wanted = language === 'en' ? locale : `en-${region}`;
    // An English that the browser does not know would be that of the United States.
    const known = new Intl.DateTimeFormat(wanted).resolvedOptions().locale;
    return language === 'en' || known === wanted ? known : FALLBACK;
  } catch {
    return FALLBACK;
  }
}

/**
 * Return true if readers of a locale write the month before the day: "12/5" is 5 December.
 * @param {string} locale
 */
export const isMonthFirst = (locale) =>
  new Intl.DateTimeFormat(locale).formatToParts(0)
    .find(({ type }) => type === 'day' || type === 'month')?.type === 'month';
