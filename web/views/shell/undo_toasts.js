// Undo: by the key, by the button of a toast, and what to say about it. One toast offers it.

import { shorten } from '../../format/shorten.js';
import { message, t } from '../../languages/translate.js';
import { own } from '../../own.js';
import { may } from '../../store/queries.js';
import { openActivity } from '../activity/open_activity.js';
import { focusTodo, listOnPage, todoBeside } from './row_navigation.js';
import { withTools } from './tools_loading.js';

/**
 * @import { App } from '../../app.js'
 * @import { MyListShape } from '../../types/contract.d.ts'
 * @import { ToastOptions, Todo, TodoChanges } from '../../types/client.d.ts'
 * @import { Actions } from '../../store/actions.js'
 * @import { UndoEntry } from '../../store/undo.js'
 */

/** The toast that says what was done last; a later one replaces it. */
export const LAST_CHANGE = 'last-change';

/** What was undone, for each kind of change. @type {Record<string, string>} */
const UNDONE = {
  added: message('Undone: “{title}” was added.'),
  changed: message('Undone: “{title}” was changed.'),
  completed: message('Undone: “{title}” was completed.'),
  deleted: message('Undone: “{title}” was deleted.'),
  duplicated: message('Undone: “{title}” was duplicated.'),
  moved: message('Undone: “{title}” was moved.'),
  restored: message('Undone: “{title}” was restored.'),
  skipped: message('Undone: “{title}” was skipped.'),
};

/**
 * Undo the newest change, or what `work` undoes. Say what it was once the server has taken that, or
 * the outbox while the server is not reached; a refusal says itself.
 * @param {App} app
 * @param {() => ReturnType<Actions['undo']> | undefined} [work]
 */
export async function undo(app, work = () => app.actions?.undo()) {
  const { actions, store, ui } = app;
  if (!actions) return;
  const { outbox, undos } = actions;
  const before = outbox.waiting.length;
  const entry = work();
  if (!entry) return sayNothingToUndo(app);
  const sent = outbox.waiting.slice(before);
  ui.clear([LAST_CHANGE]);
  await actions.kept;
  const isLive = store.connection.state === 'live';
  if (isLive) await outbox.flush();
  if (app.actions !== actions || sent.some(({ key }) => undos.refused.has(key))) return;
  const said = undoneText(entry);
  const isLater = 'steps' in entry && !isLive;
  // In no slot: what was changed meanwhile keeps its Undo.
  ui.toast(isLater ? `${said} ${t('It shows once the server is reached.')}` : said);
}

/**
 * What was done on another device is in the activity of its list.
 * @param {App} app
 */
function sayNothingToUndo(app) {
  const listId = listOnPage(app) ?? '';
  const isOffered = may(app.store.shown, listId, 'read_activity');
  const offer = { action: t('Activity'), run: () => openActivity(app, listId) };
  const options = { slot: LAST_CHANGE, ...(isOffered ? offer : {}) };
  app.ui.toast(t('There is nothing to undo.'), options);
}

/** @param {Pick<UndoEntry, 'done' | 'about'>} entry */
function undoneText({ done, about }) {
  const sentence = own(UNDONE, done);
  if (!sentence) return t('Undone: {what}.', { what: done });
  return about ? t(sentence, { title: shorten(about) }) : t('Undone.');
}

/**
 * Say what was just done, with a button that undoes that, whatever else is done until then.
 * @param {App} app
 * @param {string} text
 * @param {ToastOptions['other']} [other] another button
 */
export function toastWithUndo(app, text, other) {
  const work = app.actions?.undoer();
  const run = () => undo(app, work);
  app.ui.toast(text, { action: t('Undo'), run, other, slot: LAST_CHANGE });
}

/**
 * Change one todo, or several as one change that can be undone.
 * @param {App} app
 * @param {readonly Todo[]} todos
 * @param {(todo: Todo) => TodoChanges} changesOf
 */
export function changeTodos(app, todos, changesOf) {
  if (todos.length > 1) withTools(app, (tools) => tools.changeAll(app, todos, changesOf));
  else app.actions?.editTodo(todos[0].id, changesOf(todos[0]));
}

/**
 * Say why a row cannot be put between others.
 * @param {App} app
 */
export function sayOrderIsFixed(app) {
  app.ui.toast(t('This list is sorted. Choose the order “By hand” in its view to move rows.'));
}

/**
 * Delete a todo; the row beside it takes the focus, so that the keys go on from there.
 * @param {App} app
 * @param {Todo} todo
 */
export function removeWithUndo(app, todo) {
  const beside = todoBeside(todo.id);
  app.actions?.deleteTodo(todo.id);
  if (app.router.route.todoId === todo.id) app.router.openTodo(null);
  focusTodo(beside);
  toastWithUndo(app, t('“{title}” is in the trash.', { title: shorten(todo.title) }));
}

/**
 * Put a list into the archive, or take it out.
 * @param {App} app
 * @param {MyListShape} list
 * @param {boolean} archived
 */
export function archiveWithUndo(app, { id, name }, archived) {
  app.actions?.editList(id, { archived });
  toastWithUndo(
    app,
    archived
      ? t('“{name}” is in the archive.', { name: shorten(name) })
      : t('“{name}” is out of the archive.', { name: shorten(name) }),
  );
}

/**
 * Move a todo to another list.
 * @param {App} app
 * @param {Todo} todo
 * @param {string} listId
 */
export function moveWithUndo(app, todo, listId) {
  if (listId === todo.list_id) return;
  app.actions?.moveTodo(todo.id, { to_list: listId });
  const list = app.store.shown.lists[listId];
  const title = shorten(todo.title);
  toastWithUndo(
    app,
    list?.is_inbox
      ? t('“{title}” is in the Inbox.', { title })
      : t('“{title}” is in “{list}”.', { title, list: list?.name ?? '' }),
  );
}
