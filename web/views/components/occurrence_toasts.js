// A note at the foot of the page when a todo that repeats went on: what comes next, and the way back.

import { dueText } from '../../format/due.js';
import { isOpen } from '../../sync/state.js';

/** Only of what was done here: others' hands are seen in the row. */
export function toastOccurrence(app, { data, mutation }) {
  const own = data.ended && app.store.pending.find(({ key }) => key === mutation);
  if (!own || data.ended.outcome === 'reopened') return;
  const { todo, ended } = data;
  const what = ended.outcome === 'skipped' ? 'Skipped.' : 'Done.';
  const next = isOpen(todo) ? `Next: ${dueText(todo, app.reader).text}.` : 'That was the last one.';
  app.ui.toast(`${what} ${next}`, {
    action: 'Undo',
    slot: 'tick',
    run: () => app.actions.reopen(todo.id, ended.occurrence, own.before),
  });
}
