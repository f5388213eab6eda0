// Offers to add a todo for each line that was pasted into a field for a new one.

import { pastedTodos } from '../../format/pasted_lines.js';
import { t, tn } from '../../languages/translate.js';
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
 * @param {HTMLTextAreaElement} field
 * @param {string} listId
 * @param {Partial<TodoFields>} fields that all the todos get; with `parent_id` all are subtasks
 * @param {LineReader} reader of the outermost lines
 */
export async function offerLines(app, event, field, listId, fields, reader) {
  const text = event.clipboardData?.getData('text/plain') ?? '';
  const { todos, lines, left } = pastedTodos(text);
  if (lines < 2) return;
  event.preventDefault();
  const isSub = Boolean(fields.parent_id);
  const [from, to] = [field.selectionStart ?? 0, field.selectionEnd ?? 0];
  await reader.ready();
  const titles = titlesOf(todos);
  const read = (isSub ? titles : todos.map(({ title }) => title)).flatMap(reader.textsOf);
  app.ui.openDialog({
    kind: 'confirm',
    ...question(lines, left, isSub, readText(read)),
    isSafe: true,
    run: () => {
      app.actions?.asOne(doneText(lines, isSub), () => addAll(app, listId, todos, fields, reader));
      toastWithUndo(app, addedText(lines, isSub));
    },
    otherwise: {
      action: t('Edit first'),
      run: () => {
        field.setRangeText(titles.join('\n'), from, to, 'end');
        field.dispatchEvent(new Event('input'));
      },
    },
  });
}

/**
 * @param {number} lines
 * @param {boolean} isSub
 */
export const doneText = (lines, isSub) =>
  isSub
    ? tn(lines, '{count} subtask added', '{count} subtasks added')
    : tn(lines, '{count} todo added', '{count} todos added');

/**
 * Return the texts of the question.
 * @param {number} lines
 * @param {number} left lines that are too many
 * @param {boolean} isSub
 * @param {string} read what was understood
 */
const question = (lines, left, isSub, read) => ({
  title: isSub
    ? tn(lines, 'Add {count} subtask?', 'Add {count} subtasks?')
    : tn(lines, 'Add {count} todo?', 'Add {count} todos?'),
  text: [
    tn(lines + left, 'You pasted {count} line.', 'You pasted {count} lines.'),
    left > 0
      ? t('Only the first {count} are added; paste the others after that.', { count: lines })
      : t('Each becomes one, and you can undo all of them at once.'),
    read,
  ].filter(Boolean).join(' '),
  action: isSub
    ? tn(lines, 'Add {count} subtask', 'Add {count} subtasks')
    : tn(lines, 'Add {count} todo', 'Add {count} todos'),
});

/**
 * @param {number} lines
 * @param {boolean} isSub
 */
export const addedText = (lines, isSub) =>
  isSub
    ? tn(lines, '{count} subtask is added.', '{count} subtasks are added.')
    : tn(lines, '{count} todo is added.', '{count} todos are added.');

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
  return more > 0
    ? tn(more, 'Understood: {texts}; and {count} more.', 'Understood: {texts}; and {count} more.', {
      texts: shown,
    })
    : t('Understood: {texts}.', { texts: shown });
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
    // A subtask has no subtasks: of those that are added all lines are read.
    if (fields.parent_id) addAll(app, listId, subtasks, fields, reader);
    else addAll(app, listId, subtasks, { parent_id: id });
  }
}
