// Who is here and what they are at, in words. Pure.

const FIELDS = {
  title: 'editing the title…',
  notes: 'editing the notes…',
  comment: 'writing a comment…',
};

/** "Ana and Ben are here"; empty for nobody. */
export function presentText(names, locale) {
  if (names.length === 0) return '';
  return `${new Intl.ListFormat(locale, { type: 'conjunction' }).format(names)} ${
    names.length === 1 ? 'is' : 'are'
  } here`;
}

/** "Ben is", "2 people are" */
export const editorsText = (
  editors,
) => (editors.length > 1 ? `${editors.length} people are` : `${editors[0].user.name} is`);

/** "editing the title…", "editing…" */
export const editingText = (
  editors,
) => (editors.length > 1 ? 'editing…' : FIELDS[editors[0].field] ?? 'editing…');
