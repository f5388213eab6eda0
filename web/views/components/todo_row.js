// One todo in a list: check circle, title, a line of details, and buttons for what can be done.

import { repeatText, sentence } from '../../format/repeat.js';
import { dueText } from '../../format/due.js';
import { shorten } from '../../format/shorten.js';
import { t, tn } from '../../languages/translate.js';
import { assigneesOf, labelsOn } from '../../store/queries.js';
import { isOpen } from '../../sync/state.js';
import { avatar } from '../base/avatar.js';
import { checkCircle, selectBox } from '../base/check_circle.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { labelChip } from '../base/label_chip.js';
import { unsentIcon } from '../base/unsent_mark.js';
import { View } from '../base/view.js';
import { withTools } from '../shell/tools_loading.js';
import { editingIndicator } from './editing_indicators.js';
import { TitleEdit } from './title_edit.js';

/**
 * @import { Todo, TodoMenuKind } from '../../types/client.d.ts'
 * @import { Child, UsedProps } from '../../types/dom.d.ts'
 * @import { Editor } from '../../sync/presence.js'
 * @import { IconName } from '../base/icons.js'
 */

/**
 * @typedef {object} RowProps
 * @property {Todo} todo
 * @property {boolean} editing the title is being edited
 * @property {boolean} current its details are open
 * @property {boolean} mayEdit
 * @property {boolean} selected
 * @property {boolean} selecting a click selects the row, or takes it out of the selection
 * @property {string | null} listName null where the page is that list
 * @property {string | null} listColour
 * @property {string | null} day the day of the section the row is in
 * @property {{done: number, all: number} | null} subtasks
 * @property {boolean} isReminded whether a reminder is set
 * @property {Editor[] | undefined} editors
 * @property {string} unsent what to say of a change that the server does not have; or empty
 * @property {() => void} onTick
 */

/** @extends {View<RowProps & UsedProps>} */
export class TodoRow extends View {
  #returnFocus = false;
  #edit = new TitleEdit(this.app, () => {
    this.#returnFocus = true;
  });
  // Half of a row's elements are its buttons: they are made once the row has the pointer or focus.
  #hasActions = false;

  showActions() {
    if (this.#hasActions) return;
    this.#hasActions = true;
    this.draw();
  }

  drawn() {
    if (!this.#returnFocus || this.props.editing) return;
    this.#returnFocus = false;
    /** @type {HTMLElement | null} */
    const title = this.querySelector('.row-open');
    title?.focus();
  }

  render() {
    const { todo, editing, current, mayEdit, selected, selecting, editors } = this.props;
    const isDone = !isOpen(todo) || todo.ending;
    this.dataset.todo = todo.id;
    const states = [isDone && 'is-done', current && 'is-current', selected && 'is-selected'];
    this.className = ['row', ...states].filter(Boolean).join(' ');
    return [
      selecting
        ? selectBox(todo, selected, () => this.#select())
        : checkCircle(todo, mayEdit, () => this.props.onTick()),
      h(
        'div',
        { class: 'row-body' },
        editing ? this.#edit.field(todo) : this.#title(todo),
        this.#details(todo),
      ),
      editing ? null : editingIndicator(editors),
      mayEdit && !editing && !selecting && this.#hasActions ? this.#actions(todo) : null,
    ];
  }

  /** @param {Todo} todo */
  #title(todo) {
    const { current, mayEdit, selected, selecting } = this.props;
    return h('button', {
      class: 'row-open',
      'data-todo': todo.id,
      'aria-expanded': selecting ? undefined : String(current),
      'aria-pressed': selecting ? String(selected) : undefined,
      onClick: (event) => {
        if (mayEdit && (selecting || event.shiftKey || event.ctrlKey || event.metaKey)) {
          this.#select(event);
        } else this.app.router.openTodo(current ? null : todo.id);
      },
    }, h('span', { class: 'row-title' }, todo.title));
  }

  /** @param {MouseEvent} [event] with Shift: select all from the one before */
  #select(event) {
    const { todo } = this.props;
    withTools(this.app, (tools) => tools.selectByClick(this.app, todo.id, event));
  }

  /** @param {Todo} todo */
  #details(todo) {
    const { listName, listColour, subtasks, isReminded, unsent } = this.props;
    const details = [
      unsent && unsentIcon(unsent),
      this.#due(todo),
      this.#repeat(todo),
      isReminded && detail(t('Reminder set'), icon('bell')),
      listName && detail(undefined, h('span', { class: `dot hue-${listColour}` }), listName),
      labelsOn(this.state, todo).map(labelChip),
      subtasks &&
      detail(
        t('{done} of {all} subtasks done', { done: subtasks.done, all: subtasks.all }),
        icon('subtasks'),
        `${subtasks.done}/${subtasks.all}`,
      ),
      todo.comment_count > 0 &&
      detail(
        tn(todo.comment_count, '{count} comment', '{count} comments'),
        icon('comment'),
        todo.comment_count,
      ),
      todo.attachment_count > 0 &&
      detail(
        tn(todo.attachment_count, '{count} file', '{count} files'),
        icon('clip'),
        todo.attachment_count,
      ),
      todo.description && detail(t('Has a description'), icon('description')),
      this.#assignees(todo),
    ];
    const isEmpty = details.every((part) => !part || (Array.isArray(part) && part.length === 0));
    return isEmpty ? null : h('div', { class: 'row-meta' }, details);
  }

  /** @param {Todo} todo */
  #due(todo) {
    const due = dueText(todo, this.app.reader, this.props.day);
    if (!due || !todo.due) return null;
    return h(
      'span',
      { class: `meta ${due.overdue && isOpen(todo) ? 'is-overdue' : ''}` },
      icon('date' in todo.due ? 'calendar' : 'clock'),
      due.text,
    );
  }

  /** @param {Todo} todo */
  #repeat(todo) {
    if (!todo.repeat) return null;
    const text = repeatText(todo.repeat);
    return h(
      'span',
      {
        class: 'meta',
        role: 'img',
        'aria-label': t('Repeats {text}', { text }),
        'data-tip': sentence(text),
      },
      icon('repeat'),
    );
  }

  /** @param {Todo} todo */
  #assignees(todo) {
    const users = assigneesOf(this.state, todo);
    if (users.length === 0) return null;
    const names = users.map(({ name }) => name).join(', ');
    return h(
      'span',
      { class: 'faces', role: 'img', 'aria-label': t('Assigned to {names}', { names }) },
      users.map((user) => avatar(user, 'small')),
    );
  }

  /** @param {Todo} todo */
  #actions(todo) {
    /** @type {(kind: TodoMenuKind, name: IconName, label: string) => Child} */
    const button = (kind, name, label) =>
      h('button', {
        class: 'icon-button small',
        tabindex: '-1',
        'aria-label': `${label}: ${shorten(todo.title)}`,
        'data-tip': label,
        onClick: ({ currentTarget: anchor }) =>
          this.app.ui.openMenu({ kind, anchor, todoId: todo.id }),
      }, icon(name));
    return h(
      'div',
      { class: 'row-actions' },
      button('due', 'calendar', t('Due date')),
      button('priority', 'flag', t('Priority')),
      button('assignees', 'user', t('Assign')),
      button('more', 'more', t('More')),
    );
  }
}

/**
 * @param {string | undefined} label
 * @param {...Child} content
 */
const detail = (label, ...content) =>
  h('span', { class: 'meta', role: label ? 'img' : undefined, 'aria-label': label }, content);

customElements.define('ll-todo-row', TodoRow);
