// The facts of a todo in its details: status, due date, repeat, reminders, priority, labels,
// assignees. Each is a button that opens its menu.

import { dueText } from '../../format/due.js';
import { priorityName } from '../../format/priorities.js';
import { reminderText } from '../../format/reminders.js';
import { repeatText, sentence } from '../../format/repeat.js';
import { message, t } from '../../languages/translate.js';
import { assigneesOf, labelsOn, may, remindersOf } from '../../store/queries.js';
import { isOpen } from '../../sync/state.js';
import { avatar } from '../base/avatar.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { labelChip } from '../base/label_chip.js';
import { statusName } from '../tools/status_menu.js';

/**
 * @import { App } from '../../app.js'
 * @import { Todo, TodoMenuKind } from '../../types/client.d.ts'
 * @import { Child } from '../../types/dom.d.ts'
 * @import { IconName } from '../base/icons.js'
 */

/** @typedef {{value: Child, warns?: boolean}} Fact `value` is empty when it is not set */

/** @type {[TodoMenuKind, IconName, string, (app: App, todo: Todo) => Fact][]} */
const FACTS = [
  ['status', 'clock', message('Status'), status],
  ['due', 'calendar', message('Due'), due],
  ['repeat', 'repeat', message('Repeat'), repeat],
  ['reminder', 'bell', message('Remind me'), reminders],
  ['priority', 'flag', message('Priority'), priority],
  ['labels', 'tag', message('Labels'), labels],
  ['assignees', 'user', message('Assigned'), assignees],
];

/**
 * @param {App} app
 * @param {Todo} todo
 * @param {boolean} mayEdit
 */
export function todoFacts(app, todo, mayEdit) {
  // Reminders are mailed and pushed to an account.
  const mayLabel = may(app.store.shown, todo.list_id, 'label_privately');
  const shown = FACTS.filter(([kind]) =>
    kind !== 'reminder' || may(app.store.shown, todo.list_id, 'set_reminder')
  );
  const facts = shown.map(([kind, name, label, factOf]) => ({
    kind,
    name,
    label,
    ...factOf(app, todo),
  }));
  // What is set comes first, a line each; the rest is offered in one line.
  const isSet = facts.filter(({ value }) => value);
  // The circle says whether a todo is done.
  const others = facts.filter(({ kind, value }) => !value && kind !== 'status');
  const buttons = [...isSet, ...others].map(({ kind, name, label, value, warns }) =>
    h(
      'button',
      {
        key: kind,
        class: `fact ${value ? 'is-set' : 'is-offered'} ${warns ? 'is-overdue' : ''}`,
        // Every member may set reminders, and use labels of their own: they are private.
        disabled: !mayEdit && kind !== 'reminder' && !(kind === 'labels' && mayLabel),
        onClick: (event) => app.ui.openMenu({ kind, anchor: event.currentTarget, todoId: todo.id }),
      },
      icon(value ? name : 'plus'),
      h('span', { class: 'fact-label' }, t(label)),
      value ? h('span', { class: 'fact-value' }, value) : null,
    )
  );
  return h('div', { class: 'facts' }, buttons);
}

/**
 * @param {App} _app
 * @param {Todo} todo
 * @returns {Fact}
 */
function status(_app, todo) {
  const isSaid = todo.status === 'in_progress' || todo.status === 'cancelled';
  return { value: isSaid ? statusName(todo.status) : null };
}

/**
 * @param {App} app
 * @param {Todo} todo
 * @returns {Fact}
 */
function due({ reader }, todo) {
  const text = dueText(todo, reader);
  if (!text || !todo.due) return { value: null };
  const zone = 'at' in todo.due ? todo.due.zone : null;
  const isElsewhere = zone && zone !== reader.zone;
  return {
    value: isElsewhere ? t('{text} (set in {zone})', { text: text.text, zone }) : text.text,
    warns: text.overdue && isOpen(todo),
  };
}

/**
 * @param {App} _app
 * @param {Todo} todo
 * @returns {Fact}
 */
function repeat(_app, todo) {
  return { value: todo.repeat && sentence(repeatText(todo.repeat)) };
}

/**
 * @param {App} app
 * @param {Todo} todo
 * @returns {Fact}
 */
function reminders({ store, reader }, todo) {
  const all = remindersOf(store.shown, todo.id);
  return {
    value: all.map((reminder) => reminderText(reminder, reader)).join(', '),
    warns: all.some(({ state }) => state === 'failed' || state === 'missed'),
  };
}

/**
 * @param {App} _app
 * @param {Todo} todo
 * @returns {Fact}
 */
function priority(_app, todo) {
  if (todo.priority === 0) return { value: null };
  const dot = h('span', { class: `priority-dot p${todo.priority}` });
  return { value: [dot, priorityName(todo.priority)] };
}

/**
 * @param {App} app
 * @param {Todo} todo
 * @returns {Fact}
 */
function labels({ store }, todo) {
  const all = labelsOn(store.shown, todo);
  if (all.length === 0) return { value: null };
  return {
    value: all.map(labelChip),
  };
}

/**
 * @param {App} app
 * @param {Todo} todo
 * @returns {Fact}
 */
function assignees({ store }, todo) {
  const users = assigneesOf(store.shown, todo);
  if (users.length === 0) return { value: null };
  return {
    value: users.map((user) => h('span', { class: 'assignee' }, avatar(user, 'small'), user.name)),
  };
}
