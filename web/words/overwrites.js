// One edit went over another, in words. Pure.

const FIELDS = {
  title: 'the title', notes: 'the notes', due: 'the due date', priority: 'the priority',
  labels: 'the labels', assignees: 'who is assigned', status: 'the status',
};

/** @param {{whose: 'theirs' | 'mine', field: string, name: string | null}} news */
export function overwriteWords({ whose, field, name }) {
  const who = name ?? 'Somebody';
  const what = FIELDS[field] ?? 'the todo';
  return whose === 'theirs'
    ? { words: `${who} had changed ${what} meanwhile. Yours was kept.`, action: 'Use theirs' }
    : { words: `${who} changed ${what} without having seen yours.`, action: 'Use mine' };
}
