// The toasts about values that an edit overwrote unseen, each with a button that restores it.

import { restoring } from '../../store/mutation_parts.js';
import { nameOf } from '../../store/queries.js';
import { findTodo } from '../../sync/state.js';
import { withTools } from '../shell/tools_loading.js';

/**
 * @import { App } from '../../app.js'
 * @import { OverwriteDetector } from '../../store/overwrites.js'
 * @import { EventFrame } from '../../types/contract.d.ts'
 */

/**
 * @param {App} app
 * @param {OverwriteDetector} detector
 * @param {EventFrame} frame
 */
export function toastOverwrites(app, detector, frame) {
  if (frame.event !== 'todo.edited') return;
  const { todo, changed } = frame.data;
  const { store, ui } = app;
  /** @param {string} field */
  const slot = (field) => `overwrote ${todo.id} ${field}`;
  // Remove the toast about a field that has changed again: its value is out of date.
  ui.clear(changed.map(slot));
  const own = store.pending.find(({ key }) => key === frame.mutation);
  const overwrites = detector.handleEvent(frame, {
    me: store.confirmed.account?.id ?? null,
    own: own?.kind === 'todo.edit' ? own : undefined,
  });
  /** @param {string} id */
  const named = (id) =>
    nameOf(store.shown, todo.list_id, id) ?? findTodo(store.shown, id)?.title ?? null;
  for (const overwrite of overwrites) {
    const { field, value, todoId } = overwrite;
    withTools(app, ({ overwriteText }) => {
      const { text, action } = overwriteText(overwrite, app.reader, named);
      const run = () => app.actions?.editTodo(todoId, restoring(field, value));
      ui.toast(text, { action, run, stays: true, slot: slot(field) });
    });
  }
}
