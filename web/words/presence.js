// Who is here and what they are at, in words. Pure.

const FIELDS = { title: 'is editing the title…', notes: 'is editing the notes…', comment: 'is writing a comment…' };

/** "Ana and Ben are here"; empty for nobody. */
export function hereWords(names, locale) {
  if (names.length === 0) return '';
  return `${new Intl.ListFormat(locale, { type: 'conjunction' }).format(names)} ${names.length === 1 ? 'is' : 'are'} here`;
}

/** "Ben is editing the title…" */
export function handsWords(hands) {
  if (hands.length === 0) return '';
  if (hands.length > 1) return `${hands.length} people are editing…`;
  return `${hands[0].user.name} ${FIELDS[hands[0].field] ?? 'is editing…'}`;
}
