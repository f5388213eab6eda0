// Long texts where there is little room. Pure.

/**
 * Return the text, cut to `length` characters with an ellipsis.
 * @param {string} text
 */
export const shorten = (text, length = 40) =>
  text.length > length ? `${text.slice(0, length - 1).trimEnd()}…` : text;
