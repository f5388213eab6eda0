// The reader of dates in unit tests: in Berlin, on Saturday 21 November 2026 at 13:00.

/** @type {import('../../../../web/types/client.d.ts').Reader} */
export const READER = { zone: 'Europe/Berlin', locale: 'en-GB', now: 1795262400000 };
