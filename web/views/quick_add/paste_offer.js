// Offers to add a todo for each line that was pasted into a field for a new one.

import { pastedTodos } from '../../format/pasted_lines.js';
import { toastWithUndo } from '../shell/undo_toasts.js';

/**
 * @import { App } from '../../app.js'
 * @import { PastedTodo } from '../../format/pasted_lines.js'
 * @import { TodoFields } from '../../types/mutations.d.ts'
 */

/**
 * How quick add reads the lines: their words for dates, labels and so on.
 * @typedef {object} LineReader
 * @property {() => Promise<void>} ready
 * @property {(title: string) => string[]} textsOf
 * @property {(title: string, more: Partial<TodoFields>) => string | undefined} add returns the id
 */

// More would hide the buttons of the dialog on a phone.
const MOST_READINGS = 6;

/**
 * @param {App} app
 * @param {ClipboardEvent} event
 * @param {HTMLInputElement | HTMLTextAreaElement} field
 * @param {string} listId
 * @param {Partial<TodoFields>} fields that all the todos get; with `parent_id` all are subtasks
 * @param {LineReader} [reader] of titles that are not subtasks
 */
export async function offerLines(app, event, field, listId, fields, reader) {
  const text = event.clipboardData?.getData('text/plain') ?? '';
  const { todos, lines, left } = pastedTodos(text);
  if (lines < 2) return;
  event.preventDefault();
  const what = fields.parent_id ? 'subtasks' : 'todos';
  const [from, to] = [field.selectionStart ?? 0, field.selectionEnd ?? 0];
  await reader?.ready();
  app.ui.openDialog({
    kind: 'confirm',
    title: `Add ${lines} ${what}?`,
    text: `You pasted ${lines + left} lines. ` +
      (left > 0
        ? `The first ${lines} become ${what}; paste the others after that.`
        : 'Each becomes one, and you can undo all of them at once.') +
      (reader ? readText(todos.flatMap(({ title }) => reader.textsOf(title))) : ''),
    action: `Add ${lines} ${what}`,
    isSafe: true,
    run: () => {
      app.actions?.asOne('added', () => addAll(app, listId, todos, fields, reader));
      toastWithUndo(app, `${lines} ${what} are added.`);
    },
    otherwise: {
      action: reader ? 'Edit first' : 'Keep one line',
      run: () => {
        const kept = reader ? titlesOf(todos).join('\n') : text.replace(/\s+/g, ' ').trim();
        field.setRangeText(kept, from, to, 'end');
        field.dispatchEvent(new Event('input'));
      },
    },
  });
}

/**
 * @param {PastedTodo[]} todos
 * @returns {string[]}
 */
const titlesOf = (todos) => todos.flatMap(({ title, subtasks }) => [title, ...titlesOf(subtasks)]);

/**
 * Say what is read from the lines, so that the user can refuse some of it in the field.
 * @param {string[]} texts
 */
function readText(texts) {
  if (texts.length === 0) return '';
  const more = texts.length - MOST_READINGS;
  const shown = texts.slice(0, MOST_READINGS).join('; ');
  return ` Understood: ${shown}${more > 0 ? `; and ${more} more` : ''}.`;
}

/**
 * @param {App} app
 * @param {string} listId
 * @param {PastedTodo[]} todos
 * @param {Partial<TodoFields>} fields
 * @param {LineReader} [reader]
 */
function addAll(app, listId, todos, fields, reader) {
  for (const { title, description, isDone, subtasks } of todos) {
    /** @type {Partial<TodoFields>} */
    const more = {
      ...(description ? { description } : {}),
      ...(isDone ? { status: 'completed' } : {}),
    };
    const id = reader
      ? reader.add(title, more)
      : app.actions?.addTodo(listId, { ...fields, title, ...more });
    // A subtask has no subtasks.
    addAll(app, listId, subtasks, { parent_id: fields.parent_id ?? id });
  }
}
