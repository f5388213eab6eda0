// Who is here and what they are at, in words. Pure.

const FIELDS = { title: 'is editing the title…', notes: 'is editing the notes…', comment: 'is writing a comment…' };

/** "Ana and Ben are here"; empty for nobody. */
export function hereWords(names, locale) {
  if (names.length === 0) return '';
  return `${new Intl.ListFormat(locale, { type: 'conjunction' }).format(names)} ${names.length === 1 ? 'is' : 'are'} here`;
}

/** "Ben", "2 people" */
export const handsWho = (hands) => (hands.length > 1 ? `${hands.length} people` : hands[0].user.name);

/** "is editing the title…", "are editing…" */
export const handsDoing = (hands) => (hands.length > 1 ? 'are editing…' : FIELDS[hands[0].field] ?? 'is editing…');
