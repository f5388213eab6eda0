// The words of quick add in each language, with what they mean, and the slots that patterns of the
// grammar name: "in {n} {unit}". Pure.

/** @typedef {'en' | 'de'} Language */
/** @typedef {Record<string, number>} Meanings what each word means, in lower case */

/** @param {string} lists words of the same meaning are divided by "|", meanings by a space */
const numbered = (lists, first = 1) =>
  Object.fromEntries(
    lists.split(' ').flatMap((words, at) => words.split('|').map((word) => [word, at + first])),
  );

/** 1 is Monday. @type {Record<Language, Meanings>} */
export const WEEKDAYS = {
  en: numbered(
    'monday|mon tuesday|tue|tues wednesday thursday|thu|thur|thurs friday|fri saturday sunday',
  ),
  de: numbered('montag dienstag mittwoch donnerstag freitag samstag|sonnabend sonntag'),
};
/** Other words too ("some sun", "do it"): certain only beside a time or "on". */
const SHORT_WEEKDAYS = {
  en: { wed: 3, sat: 6, sun: 7 },
  de: numbered('mo di mi do fr sa so'),
};

/** @type {Record<Language, Meanings>} */
export const MONTHS = {
  en: numbered(
    'january|jan february|feb march|mar april|apr may june|jun july|jul august|aug ' +
      'september|sept|sep october|oct november|nov december|dec',
  ),
  de: numbered(
    'januar|jan|jänner februar|feb märz|mär|mrz|maerz april|apr mai juni|jun juli|jul august|aug ' +
      'september|sept|sep oktober|okt november|nov dezember|dez',
  ),
};

/** @type {Record<Language, Meanings>} */
export const NUMBERS = {
  en: numbered('a|an|one two three four five six seven eight nine ten eleven twelve'),
  de: numbered(
    'ein|eine|einen|einem|einer|eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf',
  ),
};

/** -1 is the last. @type {Record<Language, Meanings>} */
export const ORDINALS = {
  en: { ...numbered('first|1st second|2nd|other third|3rd fourth|4th fifth|5th'), last: -1 },
  de: {
    ...numbered('ersten|erste|erster zweiten|zweite dritten|dritte vierten|vierte fünften|fünfte'),
    letzten: -1,
  },
};

/** The local time of a part of the day. @type {Record<string, string>} */
export const PARTS = {
  morning: '09:00',
  noon: '12:00',
  afternoon: '15:00',
  evening: '19:00',
  night: '19:00',
  früh: '09:00',
  morgen: '09:00',
  vormittag: '09:00',
  mittag: '12:00',
  nachmittag: '15:00',
  abend: '19:00',
  vormittags: '09:00',
  mittags: '12:00',
  nachmittags: '15:00',
  abends: '19:00',
};

/** @param {Record<string, unknown>} words */
const anyOf = (words) => Object.keys(words).sort((a, b) => b.length - a.length).join('|');

/** @param {Language} language */
const common = (language) => ({
  n: `\\d{1,3}|${anyOf(NUMBERS[language])}`,
  weekday: anyOf(WEEKDAYS[language]),
  short: anyOf(SHORT_WEEKDAYS[language]),
  ord: anyOf(ORDINALS[language]),
  d: '\\d{1,2}',
  m: '\\d{1,2}',
  y: '\\d{4}|\\d{2}',
  year: '\\d{4}',
  clock: '\\d{1,2}:\\d{2}',
  hour: '\\d{1,2}',
});

/**
 * "mondays and thursdays"
 * @param {Language} language
 */
function pluralList(language) {
  const day = `(?:${anyOf(WEEKDAYS[language])})s`;
  return `(?<weekdays>${day}(?:(?:,|,? and|,? und| &) ${day})*)`;
}

/** @param {Language} language */
function weekdayList(language) {
  const { weekday, short } = common(language);
  const day = `(?:${weekday}|${short})s?`;
  return `${day}(?:(?:,|,? and|,? und| &) ?${day})*`;
}

/** The expression of each slot. @type {Record<Language, Record<string, string>>} */
export const SLOTS = {
  en: {
    ...common('en'),
    weekdays: weekdayList('en'),
    plural_days: pluralList('en'),
    month: '(?:january|february|april|june|july|august|september|sept|october|november|december' +
      '|jan|feb|apr|jun|jul|aug|sep|oct|nov|dec)\\.?',
    anymonth: `(?:${anyOf(MONTHS.en)})\\.?`,
    unit: 'days?|weeks?|months?|years?',
    short_unit: 'hours?|hrs?|minutes?|mins?',
    offset: '(?:\\d{1,3}|an?|one|two|three) ?(?:minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)',
    time: '\\d{1,2}(?:[:.]\\d{2})? ?(?:am|pm|a\\.m\\.?|p\\.m\\.?)|\\d{1,2}:\\d{2}',
    half: '\\d{1,2}(?:[:.]\\d{2})? ?(?:am|pm|a\\.m\\.?|p\\.m\\.?)',
    part: 'morning|afternoon|evening|night',
    nth: '\\d{1,2}(?:st|nd|rd|th)',
  },
  de: {
    ...common('de'),
    weekdays: weekdayList('de'),
    plural_days: pluralList('de'),
    // Not "do" and "so", which are words of both languages.
    bare_short: '(?<short>mo|di|mi|fr|sa)\\.?',
    month: `(?:${anyOf(MONTHS.de)})\\.?`,
    anymonth: `(?:${anyOf(MONTHS.de)})\\.?`,
    unit: 'tage?n?|wochen?|monate?n?|jahre?n?',
    short_unit: 'stunden?|std\\.?|minuten?|min\\.?',
    offset:
      '(?:\\d{1,3}|eine?n?|zwei|drei) ?(?:minuten?|min\\.?|m|stunden?|std\\.?|h|tage?|d|wochen?|w)',
    time: '\\d{1,2}(?:[:.]\\d{2})? ?uhr(?: \\d{2})?|\\d{1,2}:\\d{2}',
    half: '\\d{1,2}(?:[:.]\\d{2})? ?uhr(?: \\d{2})?',
    part: 'früh|morgen|vormittag|mittag|nachmittag|abend|vormittags|mittags|nachmittags|abends',
    nth: '\\d{1,2}\\.',
  },
};

/**
 * Return what a word means in either language; undefined for an unknown one.
 * @param {Record<Language, Meanings>} table
 * @param {string} word
 */
export const meaningOf = (table, word) => {
  const plain = word.replace(/\.$/, '');
  return Object.hasOwn(table.en, plain)
    ? table.en[plain]
    : Object.hasOwn(table.de, plain)
    ? table.de[plain]
    : undefined;
};

/** @param {string} word of a weekday, perhaps short or in the plural */
export const weekdayOf = (word) => {
  const plain = word.replace(/s$/, '');
  return meaningOf(WEEKDAYS, plain) ?? meaningOf(SHORT_WEEKDAYS, plain) ??
    meaningOf(WEEKDAYS, word) ?? 1;
};

/** @param {string} word a numeral or digits */
export const numberOf = (word) =>
  /^\d/.test(word) ? Number.parseInt(word, 10) : meaningOf(NUMBERS, word) ?? 1;

/**
 * Return the letter of a unit: d, w, m (a month), y, h, or n for minutes.
 * @param {string} word in either language
 */
export function unitOf(word) {
  if (/^(?:min|m$)/.test(word)) return 'n';
  if (/^(?:h|st)/.test(word)) return 'h';
  if (/^[dt]/.test(word)) return 'd';
  if (/^w/.test(word)) return 'w';
  return /^m/.test(word) ? 'm' : 'y';
}
