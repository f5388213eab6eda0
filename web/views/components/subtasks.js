// The subtasks of a todo in its details, as rows like those of a list, and a field for a new one.

import { t } from '../../languages/translate.js';
import { placeOf } from '../../store/drafts.js';
import { subtasksOf } from '../../store/queries.js';
import { isOpen } from '../../sync/state.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { usedByRows } from '../pages/page_parts.js';
import { offerLines } from '../quick_add/paste_offer.js';
import './todo_list.js';

/**
 * @import { App } from '../../app.js'
 * @import { Action } from '../../store/policy.js'
 * @import { Todo } from '../../types/client.d.ts'
 */

/** @type {Action} */
const CREATE = 'create_todo';

/**
 * @param {App} app
 * @param {Todo} todo
 * @param {boolean} mayEdit
 */
export function subtasks(app, todo, mayEdit) {
  // A subtask has no subtasks.
  if (todo.parent_id) return null;
  const children = subtasksOf(app.store.shown, todo);
  const done = children.filter((child) => !isOpen(child)).length;
  return h(
    'section',
    { class: 'detail-section', key: 'subtasks' },
    h(
      'h2',
      { 'data-drop-out': '' },
      t('Subtasks'),
      children.length > 0
        ? h('span', { class: 'quiet' }, ` ${t('{done} of {all}', { done, all: children.length })}`)
        : null,
      h('span', { class: 'drop-out', 'aria-hidden': 'true' }, t('Make a todo of its own')),
    ),
    h('ll-todo-list', {
      key: 'rows',
      class: 'rows',
      todos: children,
      windowed: false,
      sortable: mayEdit,
      isNested: true,
      ...usedByRows(app),
    }),
    mayEdit ? addForm(app, todo) : null,
  );
}

/**
 * @param {App} app
 * @param {Todo} todo
 */
function addForm(app, todo) {
  const place = placeOf('subtask', todo.id);
  const keptWith = { listId: todo.list_id, todoId: todo.id, action: CREATE };
  return h(
    'form',
    {
      class: 'subtask-add',
      onSubmit: (event) => {
        event.preventDefault();
        const field = event.currentTarget.querySelector('input');
        const title = field?.value.trim();
        if (!field || !title || !app.actions) return;
        app.actions.addTodo(todo.list_id, { title, parent_id: todo.id });
        app.drafts.drop(place, app.actions.kept);
        field.value = '';
      },
    },
    icon('plus'),
    h('input', {
      class: 'subtask-field',
      name: 'title',
      value: app.drafts.text(place),
      maxlength: 500,
      onInput: (event) => app.drafts.keep(place, { ...keptWith, text: event.currentTarget.value }),
      placeholder: t('Add a subtask'),
      'aria-label': t('Add a subtask'),
      autocomplete: 'off',
      onPaste: (event) =>
        offerLines(app, event, event.currentTarget, todo.list_id, { parent_id: todo.id }),
    }),
  );
}
