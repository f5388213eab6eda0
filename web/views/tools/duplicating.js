// Duplicating a todo or a list, and making a todo a subtask of another: each can be undone.

import { listName } from '../../format/list_name.js';
import { problemText } from '../../format/problems.js';
import { shorten } from '../../format/shorten.js';
import { t, tn } from '../../languages/translate.js';
import { withoutFollowers } from '../../store/bulk_edits.js';
import { onTodo } from '../../store/mutation_parts.js';
import { may, subtasksOf } from '../../store/queries.js';
import { newTempId } from '../../sync/keys.js';
import { afterDrawing } from '../base/frame.js';
import { focusTodo, shownIds } from '../shell/row_navigation.js';
import { toastWithUndo } from '../shell/undo_toasts.js';

/**
 * @import { App } from '../../app.js'
 * @import { Actions } from '../../store/actions.js'
 * @import { MyListShape } from '../../types/contract.d.ts'
 * @import { Todo } from '../../types/client.d.ts'
 */

/**
 * Copy a todo with its open subtasks to the place after it.
 * @param {App} app
 * @param {Todo} todo
 */
export function duplicateTodo(app, todo) {
  const { actions, store } = app;
  if (!actions || !may(store.shown, todo.list_id, 'create_todo')) return;
  const tempId = copyTodo(actions, todo);
  // The server may have named it by then, or its row be drawn in the next frame.
  const focusCopy = () => focusTodo(store.realId(tempId));
  afterDrawing(() => focusCopy() || afterDrawing(focusCopy));
  toastWithUndo(app, t('“{title}” is there twice now.', { title: shorten(todo.title) }));
}

/**
 * @param {Actions} actions
 * @param {Todo} todo
 * @returns {string} the provisional id of the copy
 */
function copyTodo(actions, todo) {
  const tempId = newTempId();
  const sent = actions.send('todo.duplicate', { ...onTodo(todo), temp_id: tempId });
  actions.undos.push('duplicated', todo.title, () => {
    const copy = actions.find(actions.store.realId(tempId));
    if (copy) actions.send('todo.delete', onTodo(copy));
  }, sent);
  return tempId;
}

/**
 * Copy todos, each to the place after it, as one change that can be undone.
 * @param {App} app
 * @param {readonly Todo[]} todos
 */
export function duplicateTodos(app, todos) {
  const { actions, store } = app;
  const copied = withoutFollowers(todos);
  if (!actions || !copied.every(({ list_id: id }) => may(store.shown, id, 'create_todo'))) return;
  const { length } = copied;
  const done = tn(length, '{count} todo duplicated', '{count} todos duplicated');
  actions.asOne(done, () => copied.forEach((todo) => copyTodo(actions, todo)));
  toastWithUndo(app, tn(length, '{count} todo is there twice.', '{count} todos are there twice.'));
}

/**
 * Make a list of the user's own with the labels and open todos of another one, and open it.
 * @param {App} app
 * @param {MyListShape} list
 */
export async function duplicateList(app, list) {
  const { session, router, ui } = app;
  /** @param {() => Promise<void>} work */
  const attempt = async (work) => {
    try {
      await work();
    } catch (error) {
      ui.toast(problemText(error), { tone: 'warning' });
    }
  };
  const name = shorten(t('{name} (copy)', { name: listName(list) }), 200);
  await attempt(async () => {
    /** @type {{body: MyListShape}} */
    const { body } = await session.call('POST', `/lists/${list.id}/duplicate`, { body: { name } });
    const { id } = body;
    app.store.addList(body);
    router.go(`/lists/${id}`);
    const undo = () =>
      attempt(async () => {
        await session.call('DELETE', `/lists/${id}`);
        router.go(`/lists/${list.id}`);
      });
    ui.toast(t('“{name}” is yours alone.', { name }), { action: t('Undo'), run: undo });
  });
}

/**
 * Return why a todo cannot become a subtask of another; null if it can.
 * @param {App} app
 * @param {Todo} todo
 * @param {Todo | null} parent
 */
function hindrance({ store: { shown } }, todo, parent) {
  if (!parent || parent.id === todo.id) return t('There is no todo above it.');
  if (parent.list_id !== todo.list_id) return t('The other todo is in another list.');
  if (parent.parent_id) return t('Subtasks have no subtasks of their own.');
  if (subtasksOf(shown, todo).length > 0) {
    return t('A todo with subtasks cannot become a subtask.');
  }
  return null;
}

/**
 * Make a todo a subtask of another. Its row goes: the row of the other gets the focus.
 * @param {App} app
 * @param {Todo} todo
 * @param {string | null} parentId
 */
export function makeSubtask(app, todo, parentId) {
  const parent = parentId ? app.actions?.find(parentId) ?? null : null;
  const reason = hindrance(app, todo, parent);
  if (reason || !parent) {
    app.ui.toast(reason ?? '');
    return;
  }
  app.actions?.editTodo(todo.id, { parent_id: parent.id });
  focusTodo(parent.id);
  const titles = { title: shorten(todo.title), parent: shorten(parent.title) };
  toastWithUndo(app, t('“{title}” is a subtask of “{parent}”.', titles));
}

/**
 * Make a todo a subtask of the one whose row is above its own.
 * @param {App} app
 * @param {Todo} todo
 */
export function indent(app, todo) {
  const { store } = app;
  // The todo may have got its real id since the key was pressed, or since the rows were drawn.
  const ids = shownIds().map((id) => store.realId(id));
  makeSubtask(app, todo, ids[ids.indexOf(store.realId(todo.id)) - 1] ?? null);
}

/**
 * Make a subtask a todo of its own, which keeps all else. Put it beside another, if that is named.
 * @param {App} app
 * @param {Todo} todo
 * @param {{before_id?: string, after_id?: string}} [beside]
 */
export function outdent(app, todo, { before_id, after_id } = {}) {
  if (!todo.parent_id) {
    app.ui.toast(t('It is no subtask.'));
    return;
  }
  const done = t('“{title}” is a todo of its own.', { title: shorten(todo.title) });
  const { actions } = app;
  actions?.asOne(done, () => {
    actions.editTodo(todo.id, { parent_id: null });
    if (before_id ?? after_id) actions.moveTodo(todo.id, { before_id, after_id });
  });
  toastWithUndo(app, done);
}
