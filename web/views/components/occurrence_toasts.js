// The toast when an occurrence of a repeating todo ended: its next date, and a button to undo.

import { dueText } from '../../format/due.js';
import { t } from '../../languages/translate.js';
import { isOpen } from '../../sync/state.js';
import { LAST_CHANGE, undo } from '../shell/undo_toasts.js';

/**
 * @import { App } from '../../app.js'
 * @import { EventFrame } from '../../types/contract.d.ts'
 */

/**
 * Show the toast if the user ended the occurrence on this page; the row shows what others did.
 * @param {App} app
 * @param {EventFrame} frame
 */
export function toastOccurrence(app, frame) {
  if (frame.event !== 'todo.edited') return;
  const { todo, ended } = frame.data;
  if (!ended || ended.outcome === 'reopened') return;
  // Part of a change of several todos, the toast of which counts them and undoes all.
  const entry = frame.mutation && app.actions?.undos.find(frame.mutation);
  if (!entry) return;
  const what = ended.outcome === 'skipped' ? t('Skipped.') : t('Done.');
  const due = isOpen(todo) ? dueText(todo, app.reader) : null;
  const next = due ? t('Next: {due}.', { due: due.text }) : t('That was the last one.');
  app.ui.toast(`${what} ${next}`, {
    action: t('Undo'),
    slot: LAST_CHANGE,
    run: () => undo(app, () => app.actions?.undos.undo(entry)),
  });
}
