// Sizes of files and of what the server stores. Pure.

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

/**
 * Return a size in the unit that suits it, in the reader's language.
 * @param {number} bytes
 * @param {string} locale
 */
export function sizeText(bytes, locale) {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const value = bytes / 1000 ** power;
  const maximumFractionDigits = value < 10 && power > 0 ? 1 : 0;
  /** @type {Intl.NumberFormatOptions} */
  const options = { style: 'unit', unit: UNITS[power], maximumFractionDigits };
  return new Intl.NumberFormat(locale, options).format(value);
}
