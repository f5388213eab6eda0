// One todo in a list: check circle, title, a quiet line about it, and what can be done with it.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { avatar } from '../base/avatar.js';
import { editingIndicator } from './editing_indicators.js';
import { dueText } from '../../format/due.js';
import { repeatText, sentence } from '../../format/repeat.js';
import { canEdit, remindersOf } from '../../store/select.js';
import { isOpen } from '../../sync/state.js';
import { shorten } from '../../format/shorten.js';
import { PRIORITIES } from '../../format/priorities.js';

class TodoRow extends View {
  /** What the title was and where its list stood when editing began; null when nobody edits. */
  #base = null;
  #returnFocus = false;

  drawn() {
    if (!this.#returnFocus || this.props.editing) return;
    this.#returnFocus = false;
    this.querySelector('.row-open')?.focus();
  }

  render() {
    const { todo, editing, showList } = this.props;
    const mayEdit = canEdit(this.state, todo.list_id);
    const open = isOpen(todo);
    this.dataset.todo = todo.id;
    this.className = `row ${open && !todo.ending ? '' : 'is-done'} ${
      this.props.current ? 'is-current' : ''
    }`;
    return [
      checkCircle(todo, mayEdit, () => this.props.onTick()),
      h(
        'div',
        { class: 'row-body' },
        editing ? this.#titleField(todo) : h('button', {
          class: 'row-open',
          'data-todo': todo.id,
          'aria-expanded': String(Boolean(this.props.current)),
          onClick: () => this.app.router.openTodo(this.props.current ? null : todo.id),
        }, h('span', { class: 'row-title' }, todo.title)),
        this.#meta(todo, showList),
      ),
      editing ? null : editingIndicator(this.props.editors),
      mayEdit && !editing ? this.#actions(todo) : null,
    ];
  }

  #titleField(todo) {
    // Enter saves, and taking the field away blurs it: only the first of them finds a base.
    const save = (event) => {
      const title = event.target.value.trim();
      const base = this.#base;
      this.#base = null;
      if (base && title && title !== base.saw) this.app.actions.editTodo(todo.id, { title }, base);
    };
    const leave = () => {
      this.#base = null;
      this.#returnFocus = true;
      this.app.ui.set({ editing: null });
    };
    return h('input', {
      key: 'edit',
      class: 'row-field',
      maxlength: 500,
      'aria-label': 'Title',
      // Filled once: what others do to the title meanwhile does not wipe out half-typed words.
      ref: (field) => {
        this.#base = {
          base_seq: this.app.store.confirmed.streams[todo.list_id]?.seq,
          saw: todo.title,
        };
        field.value = todo.title;
        queueMicrotask(() => {
          field.focus();
          field.select();
        });
      },
      onInput: () => this.app.live?.presence.edit(todo.id, 'title'),
      onKeydown: (event) => {
        event.stopPropagation();
        if (event.key === 'Enter' && !event.isComposing) {
          // The focus returns to the row at once: without this the same Enter would open it.
          event.preventDefault();
          save(event);
          leave();
        }
        if (event.key === 'Escape') leave();
      },
      onBlur: (event) => {
        save(event);
        if (this.app.ui.editing === todo.id) this.app.ui.set({ editing: null });
      },
    });
  }

  #meta(todo, showList) {
    const { state } = this;
    const content = state.contents[todo.list_id];
    const due = dueText(todo, this.app.reader, this.props.day);
    const { subtasks } = this.props;
    const reminders =
      remindersOf(state, todo.id).filter((reminder) => reminder.state === 'scheduled').length;
    const people = todo.assignees.map((id) => content?.members[id]?.user).filter(Boolean);
    const list = showList ? state.lists[todo.list_id] : null;
    const parts = [
      due &&
      h(
        'span',
        { class: `meta ${due.overdue && isOpen(todo) ? 'is-overdue' : ''}` },
        icon(todo.due.date ? 'calendar' : 'clock'),
        due.text,
      ),
      todo.repeat &&
      h('span', {
        class: 'meta',
        'aria-label': `Repeats ${repeatText(todo.repeat)}`,
        'data-tip': sentence(repeatText(todo.repeat)),
      }, icon('repeat')),
      reminders > 0 && h('span', { class: 'meta', 'aria-label': 'Reminder set' }, icon('bell')),
      list &&
      h(
        'span',
        { class: 'meta' },
        h('span', { class: `dot hue-${list.colour}` }),
        list.is_inbox ? 'Inbox' : list.name,
      ),
      ...todo.labels.map((id) => content?.labels[id]).filter(Boolean).map((label) =>
        h('span', { class: `label hue-${label.colour}` }, label.name)
      ),
      subtasks &&
      h(
        'span',
        { class: 'meta', 'aria-label': `${subtasks.done} of ${subtasks.all} subtasks done` },
        icon('subtasks'),
        `${subtasks.done}/${subtasks.all}`,
      ),
      todo.comment_count > 0 &&
      h(
        'span',
        { class: 'meta', 'aria-label': `${todo.comment_count} comments` },
        icon('comment'),
        todo.comment_count,
      ),
      todo.notes && h('span', { class: 'meta', 'aria-label': 'Has notes' }, icon('notes')),
      people.length > 0 &&
      h('span', {
        class: 'faces',
        'aria-label': `Assigned to ${people.map(({ name }) => name).join(', ')}`,
      }, people.map((user) => avatar(user, 'small'))),
    ].filter(Boolean);
    return parts.length > 0 ? h('div', { class: 'row-meta' }, parts) : null;
  }

  #actions(todo) {
    const open = (kind) => (event) =>
      this.app.ui.openMenu({
        kind,
        anchor: event.currentTarget ?? event.target.closest('button'),
        todoId: todo.id,
      });
    const button = (kind, name, label) =>
      h('button', {
        class: 'icon-button small',
        tabindex: '-1',
        'aria-label': `${label}: ${shorten(todo.title)}`,
        'data-tip': label,
        onClick: open(kind),
      }, icon(name));
    return h(
      'div',
      { class: 'row-actions' },
      button('due', 'calendar', 'Due date'),
      button('priority', 'flag', 'Priority'),
      button('assignees', 'user', 'Assign'),
      button('more', 'more', 'More'),
    );
  }
}

/** The circle that ticks a todo; its ring is the priority. */
export function checkCircle(todo, mayEdit, onTick) {
  const done = todo.status === 'completed' || todo.ending === 'completed';
  const words = todo.priority ? `, priority: ${PRIORITIES[todo.priority].toLowerCase()}` : '';
  return h('button', {
    class: `check p${todo.priority} ${done ? 'is-done' : ''}`,
    role: 'checkbox',
    'aria-checked': String(done),
    disabled: !mayEdit,
    'aria-label': `${shorten(todo.title, 80)}${words}`,
    onClick: onTick,
  }, h('span', { class: 'check-ring' }, icon('check')));
}

customElements.define('ll-todo-row', TodoRow);
