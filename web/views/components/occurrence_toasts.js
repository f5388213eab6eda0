// A toast when an occurrence of a repeating todo ended: what comes next, and how to take it back.

import { dueText } from '../../format/due.js';
import { isOpen } from '../../sync/state.js';

/**
 * @import { App } from '../../app.js'
 * @import { EventFrame } from '../../types/contract.d.ts'
 */

/**
 * Show the toast for what was done on this page; what others did is seen in the row.
 * @param {App} app
 * @param {EventFrame} frame
 */
export function toastOccurrence(app, frame) {
  if (frame.event !== 'todo.edited') return;
  const { todo, ended } = frame.data;
  const own = app.store.pending.find(({ key }) => key === frame.mutation);
  if (!own || !ended || ended.outcome === 'reopened') return;
  const before = own.kind === 'todo.complete' || own.kind === 'todo.skip' ? own.before : undefined;
  const what = ended.outcome === 'skipped' ? 'Skipped.' : 'Done.';
  const due = isOpen(todo) ? dueText(todo, app.reader) : null;
  const next = due ? `Next: ${due.text}.` : 'That was the last one.';
  app.ui.toast(`${what} ${next}`, {
    action: 'Undo',
    slot: 'tick',
    run: () => before && app.actions?.reopen(todo.id, ended.occurrence, before),
  });
}
