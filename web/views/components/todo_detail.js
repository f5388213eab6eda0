// Everything about one todo, beside its list, or over the list on a phone.

import { listName } from '../../format/list_name.js';
import { agoText } from '../../format/due.js';
import { t } from '../../languages/translate.js';
import { placeOf } from '../../store/drafts.js';
import { canEdit, may } from '../../store/queries.js';
import { findTodo, isOpen } from '../../sync/state.js';
import { openActivity } from '../activity/open_activity.js';
import '../base/draft_field.js';
import { checkCircle } from '../base/check_circle.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { listMark } from '../base/list_mark.js';
import { View } from '../base/view.js';
import { removeWithUndo } from '../shell/undo_toasts.js';
import '../attachments/attachments_frame.js';
import '../comments/comment_thread.js';
import './description.js';
import { editingIndicator } from './editing_indicators.js';
import './occurrence_list.js';
import { subtasks } from './subtasks.js';
import { todoFacts } from './todo_facts.js';

/**
 * @import { Todo } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 * @import { DraftProps } from '../base/draft_field.js'
 */

/** @extends {View<{todoId: string} & UsedProps>} */
export class TodoDetail extends View {
  static watches = true;

  render() {
    const todo = findTodo(this.state, this.app.store.realId(this.props.todoId));
    if (!todo) {
      return [
        h('div', { class: 'detail-bar' }, h('span', null), this.#closeButton()),
        h(
          'p',
          { class: 'quiet detail-gone' },
          t('This todo is no longer here. It was deleted, or moved to a list you are not in.'),
        ),
      ];
    }
    const mayEdit = canEdit(this.state, todo.list_id);
    return [this.#bar(todo, mayEdit), this.#body(todo, mayEdit)];
  }

  /**
   * @param {Todo} todo
   * @param {boolean} mayEdit
   */
  #body(todo, mayEdit) {
    return h(
      'div',
      // The fields keep what is typed when a provisional id becomes a real one.
      { class: 'detail-body', key: this.app.store.firstId(todo.id) },
      h(
        'div',
        { class: `detail-title ${isOpen(todo) ? '' : 'is-done'}` },
        checkCircle(todo, mayEdit, () => this.app.actions?.tick(todo.id)),
        h('ll-draft-field', {
          ...this.#draft(todo, 'title'),
          label: t('Title'),
          line: true,
          large: true,
          readOnly: !mayEdit,
        }),
      ),
      todoFacts(this.app, todo, mayEdit),
      h('ll-description', {
        class: 'detail-description',
        key: 'description',
        todo,
        mayEdit,
        field: {
          ...this.#draft(todo, 'description'),
          label: t('Description'),
          placeholder: mayEdit ? t('Description') : t('No description'),
          readOnly: !mayEdit,
        },
        usesState: this.state,
      }),
      subtasks(this.app, todo, mayEdit),
      todo.repeat ? h('ll-occurrence-list', { key: 'occurrences', todo, mayEdit }) : null,
      this.#files(todo),
      h('ll-comment-thread', { todo, usesState: this.state }),
      this.#history(todo),
    );
  }

  /** @param {Todo} todo */
  #files(todo) {
    return h('ll-attachments-frame', {
      key: 'files',
      todo,
      mayAttach: may(this.state, todo.list_id, 'attach_file'),
      usesState: this.state,
    });
  }

  /**
   * Return the props that draft fields have in common.
   * @param {Todo} todo
   * @param {'title' | 'description'} field
   * @returns {Omit<DraftProps, 'label'> & {key: string}}
   */
  #draft(todo, field) {
    return {
      key: field,
      value: todo[field],
      place: placeOf(field, todo.id),
      keptWith: { listId: todo.list_id, todoId: todo.id, action: 'edit_todo' },
      seq: this.app.store.confirmed.streams[todo.list_id]?.seq,
      onSave: (text, base) => this.app.actions?.editTodo(todo.id, { [field]: text }, base),
      onTyping: () => this.app.live?.presence.edit(todo.id, field),
    };
  }

  #closeButton() {
    return h('button', {
      class: 'icon-button',
      'aria-label': t('Close details'),
      onClick: () => this.app.router.openTodo(null),
    }, icon('close'));
  }

  /**
   * @param {Todo} todo
   * @param {boolean} mayEdit
   */
  #bar(todo, mayEdit) {
    const parent = todo.parent_id ? findTodo(this.state, todo.parent_id) : null;
    return h(
      'div',
      { class: 'detail-bar' },
      parent ? this.#parentButton(parent) : this.#listButton(todo, mayEdit),
      editingIndicator(this.app.live?.presence.editors[todo.id], true),
      h(
        'span',
        { class: 'detail-bar-end' },
        // A guest who only reads is offered nothing.
        mayEdit || may(this.state, todo.list_id, 'set_reminder')
          ? h('button', {
            class: 'icon-button',
            'aria-label': t('More'),
            'data-tip': t('More'),
            onClick: ({ currentTarget: anchor }) =>
              this.app.ui.openMenu({ kind: 'more', anchor, todoId: todo.id }),
          }, icon('more'))
          : null,
        mayEdit
          ? h('button', {
            class: 'icon-button',
            'aria-label': t('Move to the trash'),
            onClick: () => removeWithUndo(this.app, todo),
          }, icon('trash'))
          : null,
        this.#closeButton(),
      ),
    );
  }

  /** @param {Todo} parent */
  #parentButton(parent) {
    return h(
      'button',
      { class: 'detail-list', onClick: () => this.app.router.openTodo(parent.id) },
      icon('left'),
      h('span', null, parent.title),
    );
  }

  /**
   * @param {Todo} todo
   * @param {boolean} mayEdit
   */
  #listButton(todo, mayEdit) {
    const list = this.state.lists[todo.list_id];
    const name = listName(list);
    return h(
      'button',
      {
        class: 'detail-list',
        disabled: !mayEdit,
        onClick: (event) =>
          this.app.ui.openMenu({ kind: 'move', anchor: event.currentTarget, todoId: todo.id }),
        'aria-label': t('{name}: move to another list', { name }),
      },
      list?.is_inbox ? icon('inbox', 'tint-inbox') : listMark(list),
      h('span', null, name),
    );
  }

  /** @param {Todo} todo */
  #history(todo) {
    const { members } = this.state.contents[todo.list_id];
    /** @param {string | null} id */
    const nameOf = (id) => {
      if (id !== null && id === this.state.account?.id) return t('you');
      return (id && members[id]?.user.name) || t('a former member');
    };
    /** @param {string} instant */
    const ago = (instant) => agoText(instant, this.app.reader);
    const added = t('Added by {name}, {ago}.', {
      name: nameOf(todo.created_by),
      ago: ago(todo.created_at),
    });
    const done = todo.completed_at &&
      t('Done by {name}, {ago}.', {
        name: nameOf(todo.completed_by),
        ago: ago(todo.completed_at),
      });
    const activity = this.app.guest || todo.pending ? null : h('button', {
      class: 'link',
      type: 'button',
      onClick: () => openActivity(this.app, todo.list_id, todo.id),
    }, t('Activity'));
    const text = [added, done].filter(Boolean).join(' ');
    return h('p', { class: 'detail-history' }, text, ' ', activity);
  }
}

customElements.define('ll-todo-detail', TodoDetail);
