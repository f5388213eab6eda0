// The subtasks of a todo in its details, as rows like those of a list, and a field for a new one.

import { t } from '../../languages/translate.js';
import { subtasksOf } from '../../store/queries.js';
import { isOpen } from '../../sync/state.js';
import { h } from '../base/dom.js';
import { usedByRows } from '../pages/page_parts.js';
import { QuickAdd } from '../quick_add/quick_add.js';
import './todo_list.js';

/**
 * @import { App } from '../../app.js'
 * @import { Todo } from '../../types/client.d.ts'
 */

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
    mayEdit
      ? h('ll-subtask-add', {
        // What waits to be read is about this todo.
        key: `add ${app.store.firstId(todo.id)}`,
        listId: todo.list_id,
        parentId: todo.id,
        placeholder: t('Add a subtask'),
        usesState: app.store.shown,
      })
      : null,
  );
}

customElements.define('ll-subtask-add', class extends QuickAdd {});
