// Offers to add a todo for each line that was pasted into a field for a new one.

import { pastedTodos } from '../../format/pasted_lines.js';
import { toastWithUndo } from '../shell/undo_toasts.js';

/**
 * @import { App } from '../../app.js'
 * @import { PastedTodo } from '../../format/pasted_lines.js'
 * @import { TodoFields } from '../../types/client.d.ts'
 */

/**
 * @param {App} app
 * @param {ClipboardEvent} event
 * @param {HTMLInputElement} field
 * @param {string} listId
 * @param {Partial<TodoFields>} fields that all the todos get; with `parent_id` all are subtasks
 */
export function offerLines(app, event, field, listId, fields) {
  const text = event.clipboardData?.getData('text/plain') ?? '';
  const { todos, lines, left } = pastedTodos(text);
  if (lines < 2) return;
  event.preventDefault();
  const what = fields.parent_id ? 'subtasks' : 'todos';
  const [from, to] = [field.selectionStart ?? 0, field.selectionEnd ?? 0];
  app.ui.openDialog({
    kind: 'confirm',
    title: `Add ${lines} ${what}?`,
    text: `You pasted ${lines + left} lines. ` +
      (left > 0
        ? `The first ${lines} become ${what}; paste the others after that.`
        : 'Each becomes one, and you can undo all of them at once.'),
    action: `Add ${lines} ${what}`,
    isSafe: true,
    run: () => {
      app.actions?.asOne('added', () => addAll(app, listId, todos, fields));
      toastWithUndo(app, `${lines} ${what} are added.`);
    },
    otherwise: {
      action: 'Keep one line',
      run: () => {
        field.setRangeText(text.replace(/\s+/g, ' ').trim(), from, to, 'end');
        field.dispatchEvent(new Event('input'));
      },
    },
  });
}

/**
 * @param {App} app
 * @param {string} listId
 * @param {PastedTodo[]} todos
 * @param {Partial<TodoFields>} fields
 */
function addAll(app, listId, todos, fields) {
  for (const { title, description, isDone, subtasks } of todos) {
    const id = app.actions?.addTodo(listId, {
      ...fields,
      title,
      ...(description ? { description } : {}),
      ...(isDone ? { status: 'completed' } : {}),
    });
    // A subtask has no subtasks.
    addAll(app, listId, subtasks, { parent_id: fields.parent_id ?? id });
  }
}
