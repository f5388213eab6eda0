// Addresses of sections of the settings with a list chosen.

/** @param {string} listId */
export const feedOf = (listId) => `/settings?feed=${listId}#calendar-feeds`;

/** @param {string} listId */
export const webhooksOf = (listId) => `/settings?webhooks=${listId}#webhooks`;
