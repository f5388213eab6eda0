// Everything about one todo, beside its list (or over it, on a phone).

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { avatar } from '../base/avatar.js';
import { checkCircle } from './todo_row.js';
import { PRIORITIES } from '../../format/priorities.js';
import { findTodo, isOpen } from '../../sync/state.js';
import { canEdit, remindersOf, subtasksOf } from '../../store/select.js';
import { agoText, dueText } from '../../format/due.js';
import { reminderText } from '../../format/reminders.js';
import { repeatText, sentence } from '../../format/repeat.js';
import { removeWithUndo } from '../shell/keyboard.js';
import { editingIndicator } from './editing_indicators.js';
import '../base/draft_field.js';
import './comment_thread.js';
import './occurrence_list.js';

class TodoDetail extends View {
  static watches = true;

  render() {
    const todo = findTodo(this.state, this.app.store.realId(this.props.todoId));
    if (!todo) {
      return [
        h('div', { class: 'detail-bar' }, h('span', null), this.#close()),
        h(
          'p',
          { class: 'quiet detail-gone' },
          'This todo is no longer here. It was deleted, or moved to a list you are not in.',
        ),
      ];
    }
    const mayEdit = canEdit(this.state, todo.list_id);
    return [
      this.#bar(todo, mayEdit),
      h(
        'div',
        { class: 'detail-body', key: this.#stableKey(todo.id) },
        h(
          'div',
          { class: `detail-title ${isOpen(todo) ? '' : 'is-done'}` },
          checkCircle(todo, mayEdit, () => this.app.actions.tick(todo.id)),
          h(
            'll-draft-field',
            this.#field(todo, 'title', {
              label: 'Title',
              line: true,
              large: true,
              readOnly: !mayEdit,
            }),
          ),
        ),
        this.#facts(todo, mayEdit),
        h(
          'll-draft-field',
          this.#field(todo, 'notes', {
            class: 'detail-notes',
            label: 'Notes',
            placeholder: mayEdit ? 'Notes' : 'No notes',
            readOnly: !mayEdit,
          }),
        ),
        this.#subtasks(todo, mayEdit),
        todo.repeat ? h('ll-occurrence-list', { key: 'occurrences', todo, mayEdit }) : null,
        h('ll-comment-thread', { todo, shown: this.state }),
        this.#history(todo),
      ),
    ];
  }

  /** The fields keep what is typed when a provisional id becomes a real one. */
  #stableKey(todoId) {
    for (const [from, to] of this.app.store.aliases) if (to === todoId) return from;
    return todoId;
  }

  #field(todo, name, more) {
    return {
      key: name,
      value: todo[name],
      seq: this.app.store.confirmed.streams[todo.list_id]?.seq,
      ...more,
      onSave: (text, base) => this.app.actions.editTodo(todo.id, { [name]: text }, base),
      onTyping: () => this.app.live?.presence.edit(todo.id, name),
    };
  }

  #close() {
    return h('button', {
      class: 'icon-button',
      'aria-label': 'Close details',
      onClick: () => this.app.router.openTodo(null),
    }, icon('close'));
  }

  #bar(todo, mayEdit) {
    const list = this.state.lists[todo.list_id];
    const parent = todo.parent_id && findTodo(this.state, todo.parent_id);
    const open = (kind) => (event) =>
      this.app.ui.openMenu({ kind, anchor: event.target.closest('button'), todoId: todo.id });
    return h(
      'div',
      { class: 'detail-bar' },
      parent
        ? h(
          'button',
          { class: 'detail-list', onClick: () => this.app.router.openTodo(parent.id) },
          icon('left'),
          h('span', null, parent.title),
        )
        : h(
          'button',
          {
            class: 'detail-list',
            disabled: !mayEdit,
            onClick: open('move'),
            'aria-label': 'Move to another list',
          },
          list?.is_inbox
            ? icon('inbox', 'tint-inbox')
            : h('span', { class: `dot hue-${list?.colour}` }),
          h('span', null, list?.is_inbox ? 'Inbox' : list?.name),
        ),
      editingIndicator(this.app.live?.presence.editors[todo.id]),
      h(
        'span',
        { class: 'detail-bar-end' },
        mayEdit
          ? h('button', {
            class: 'icon-button',
            'aria-label': 'Move to the trash',
            onClick: () => removeWithUndo(this.app, todo),
          }, icon('trash'))
          : null,
        this.#close(),
      ),
    );
  }

  #facts(todo, mayEdit) {
    const { reader } = this.app;
    const content = this.state.contents[todo.list_id];
    const due = dueText(todo, reader);
    const reminders = remindersOf(this.state, todo.id);
    const people = todo.assignees.map((id) => content.members[id]?.user).filter(Boolean);
    const labels = todo.labels.map((id) => content.labels[id]).filter(Boolean);
    const fact = (kind, name, label, value, extra = '') =>
      h(
        'button',
        {
          key: kind,
          class: `fact ${value ? 'is-set' : ''} ${extra}`,
          disabled: kind !== 'reminder' && !mayEdit,
          onClick: (event) =>
            this.app.ui.openMenu({ kind, anchor: event.target.closest('button'), todoId: todo.id }),
        },
        icon(name),
        h('span', { class: 'fact-label' }, label),
        h('span', { class: 'fact-value' }, value || 'None'),
      );
    return h(
      'div',
      { class: 'facts' },
      fact(
        'due',
        'calendar',
        'Due',
        due &&
          (todo.due.zone && todo.due.zone !== reader.zone
            ? `${due.text} (set in ${todo.due.zone})`
            : due.text),
        due?.overdue && isOpen(todo) ? 'is-overdue' : '',
      ),
      fact('repeat', 'repeat', 'Repeat', todo.repeat && sentence(repeatText(todo.repeat))),
      fact(
        'reminder',
        'bell',
        'Remind me',
        reminders.length > 0 &&
          reminders.map((reminder) => reminderText(reminder, reader)).join(', '),
        reminders.some(({ state }) => state === 'failed' || state === 'missed') ? 'is-overdue' : '',
      ),
      fact(
        'priority',
        'flag',
        'Priority',
        todo.priority > 0 &&
          [h('span', { class: `priority-dot p${todo.priority}` }), PRIORITIES[todo.priority]],
      ),
      fact(
        'labels',
        'tag',
        'Labels',
        labels.length > 0 &&
          labels.map((label) => h('span', { class: `label hue-${label.colour}` }, label.name)),
      ),
      fact(
        'assignees',
        'user',
        'Assigned',
        people.length > 0 &&
          people.map((user) => h('span', { class: 'person' }, avatar(user, 'small'), user.name)),
      ),
    );
  }

  #subtasks(todo, mayEdit) {
    if (todo.parent_id) return null;
    const children = subtasksOf(this.state, todo);
    const done = children.filter((child) => !isOpen(child)).length;
    return h(
      'section',
      { class: 'detail-section', key: 'subtasks' },
      h(
        'h3',
        null,
        'Subtasks',
        children.length > 0
          ? h('span', { class: 'quiet' }, ` ${done} of ${children.length}`)
          : null,
      ),
      children.map((child) =>
        h(
          'div',
          { key: child.id, class: `subtask ${isOpen(child) ? '' : 'is-done'}` },
          checkCircle(child, mayEdit, () => this.app.actions.tick(child.id)),
          h(
            'button',
            { class: 'subtask-open', onClick: () => this.app.router.openTodo(child.id) },
            child.title,
          ),
        )
      ),
      mayEdit
        ? h(
          'form',
          { class: 'subtask-add', onSubmit: (event) => this.#addSubtask(event, todo) },
          icon('plus'),
          h('input', {
            class: 'subtask-field',
            name: 'title',
            maxlength: 500,
            placeholder: 'Add a subtask',
            'aria-label': 'Add a subtask',
            autocomplete: 'off',
          }),
        )
        : null,
    );
  }

  #addSubtask(event, todo) {
    event.preventDefault();
    const field = event.target.elements.title;
    const title = field.value.trim();
    if (!title) return;
    this.app.actions.addTodo(todo.list_id, { title, parent_id: todo.id });
    field.value = '';
  }

  #history(todo) {
    const { members } = this.state.contents[todo.list_id];
    const who = (
      id,
    ) => (id === this.state.account?.id ? 'you' : members[id]?.user.name ?? 'a former member');
    const ago = (instant) => agoText(instant, this.app.reader);
    return h(
      'p',
      { class: 'detail-history' },
      `Added by ${who(todo.created_by)}, ${ago(todo.created_at)}.`,
      todo.completed_at ? ` Done by ${who(todo.completed_by)}, ${ago(todo.completed_at)}.` : null,
    );
  }
}

customElements.define('ll-todo-detail', TodoDetail);
