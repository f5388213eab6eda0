// The locale of dates and times. Pure.

/**
 * @import { AccountShape } from '../types/contract.d.ts'
 * @typedef {Partial<Pick<AccountShape, 'week_start' | 'hour_cycle'>>} Choices
 */

// Of a language whose dates the browser does not know for the reader's region.
/** @type {Record<string, string>} */
const FALLBACKS = { en: 'en-GB' };
// To find one out again for each row costs more than to draw the row.
/** @type {Map<string, string>} */
const FOUND = new Map();

/**
 * Return the locale of dates: the language of the page's texts, the region of the account or the
 * browser, and what the account chose instead of the customs of that region.
 * @param {string} locale
 * @param {string} language
 * @param {Choices | null} [choices]
 */
export function readerLocale(locale, language, choices) {
  const { week_start: weekStart = '', hour_cycle: hourCycle = '' } = choices ?? {};
  const key = [locale, language, weekStart, hourCycle].join(' ');
  const found = FOUND.get(key) ??
    localeIn(language, locale) + extension({ hc: hourCycle, fw: weekStart });
  FOUND.set(key, found);
  return found;
}

/**
 * Return the locale of a reader's region in the language of the page: a date in another language is
 * hard to read among its words. For English "de-DE" becomes "en-DE", with its 24 hours.
 * @param {string} language
 * @param {string} locale
 */
export function localeIn(language, locale) {
  const fallback = FALLBACKS[language] ?? language;
  try {
    const { language: own, region } = new Intl.Locale(locale).maximize();
    if (own === language) return new Intl.DateTimeFormat(locale).resolvedOptions().locale;
    const wanted = `${language}-${region}`;
    // An English that the browser does not know would be that of the United States.
    const known = new Intl.DateTimeFormat(wanted).resolvedOptions().locale;
    return known === wanted ? known : fallback;
  } catch {
    return fallback;
  }
}

/**
 * Return the part of a locale that sets its customs (Unicode Technical Standard 35, -u-).
 * @param {Record<string, string>} values
 */
function extension(values) {
  const set = Object.entries(values).filter(([, value]) => value);
  return set.length > 0
    ? `-u-${set.map(([key, value]) => `${key}-${value}`).sort().join('-')}`
    : '';
}

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/**
 * Return the first day of a week: 1 for Monday to 7 for Sunday.
 * @param {string} locale of `readerLocale`
 */
export function firstWeekday(locale) {
  const chosen = WEEKDAYS.indexOf(/-u-(?:.*-)?fw-(\w{3})/.exec(locale)?.[1] ?? '');
  if (chosen >= 0) return chosen + 1;
  // Newer than the rest of what the client needs, and a property in some browsers.
  const info =
    /** @type {{getWeekInfo?: () => {firstDay: number}, weekInfo?: {firstDay: number}}} */ (
      /** @type {unknown} */ (new Intl.Locale(locale))
    );
  return (info.getWeekInfo?.() ?? info.weekInfo)?.firstDay ?? 1;
}

/**
 * Return true if readers of a locale write the month before the day: "12/5" is 5 December.
 * @param {string} locale
 */
export const isMonthFirst = (locale) =>
  new Intl.DateTimeFormat(locale).formatToParts(0)
    .find(({ type }) => type === 'day' || type === 'month')?.type === 'month';
