// Adds the todo that a line of quick add describes, with what belongs to it.

import { lineReader } from '../../quick_add/loading.js';
import { reminderFields, todoFields } from '../../quick_add/todo_fields.js';
import { newTempId } from '../../sync/keys.js';
import { makeLabels } from './new_labels.js';

/**
 * @import { App } from '../../app.js'
 * @import { Reading } from '../../quick_add/read.js'
 * @import { TodoFields } from '../../types/mutations.d.ts'
 */

/**
 * Add a todo. Return its provisional id.
 * @param {App} app
 * @param {Reading} reading
 * @param {Map<string, string>} made the ids of labels that were made for lines before
 * @param {Partial<TodoFields>} [more]
 */
export function addReading(app, reading, made, more = {}) {
  const { actions, reader } = app;
  const { listId, labels, ownLabels, newLabels } = reading;
  if (!actions) return;
  const ids = makeLabels(app, listId, newLabels, made);
  const all = [...labels, ...ids];
  const range = lineReader()?.rangeText(reading, reader) ?? '';
  const fields = { ...todoFields(reading, range), ...more };
  const id = actions.addTodo(listId, { ...fields, ...(all.length > 0 ? { labels: all } : {}) });
  const mine = [{ todo_id: id, personal_labels: ownLabels }];
  if (ownLabels.length > 0) actions.send('todo.label', { todos: mine });
  const reminder = reminderFields(reading, reader);
  if (reminder) {
    // Part of the addition: undoing that removes the todo, and the reminder with it.
    const [temp_id, fires_at] = [newTempId(), reminder.firesAt];
    const { fields: when } = reminder;
    actions.send('reminder.add', { todo_id: id, list_id: listId, temp_id, fields: when, fires_at });
  }
  return id;
}
