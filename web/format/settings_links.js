// Addresses of sections of the settings with a list chosen.

/**
 * @param {string} listId
 * @param {{filtered?: boolean}} [options] `filtered`: with the filter of the view
 */
export const feedOf = (listId, { filtered = false } = {}) =>
  `/settings?feed=${listId}${filtered ? '&filter' : ''}#calendar-feeds`;

/** @param {string} listId */
export const webhooksOf = (listId) => `/settings?webhooks=${listId}#webhooks`;
