// The menus of one todo: priority, labels, people, list, reminder, and more.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { avatar } from '../base/avatar.js';
import { item } from './menu_item.js';
import { PRIORITIES } from '../../format/priorities.js';
import { beforeText, reminderText } from '../../format/reminders.js';
import {
  canEdit,
  inboxOf,
  labelsOf,
  mailsReminders,
  membersOf,
  myLists,
  remindersOf,
} from '../../store/select.js';
import { isOpen } from '../../sync/state.js';
import { addDays, dayOf, instantOf, localDue, wallTime } from '../../store/dates.js';
import { momentText, timeText } from '../../format/due.js';
import { ALT, removeWithUndo, reorder } from '../shell/keyboard.js';

const COLOURS = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink'];
const BEFORE = [0, 10, 30, 60, 1440];

class PriorityMenu extends View {
  render() {
    const { todo, onDone } = this.props;
    return [
      h('div', { class: 'menu-title' }, 'Priority'),
      [5, 4, 3, 2, 1, 0].map((level) =>
        item(h('span', { class: `priority-dot p${level}` }), PRIORITIES[level], () => {
          this.app.actions.editTodo(todo.id, { priority: level });
          onDone();
        }, { checked: todo.priority === level })
      ),
    ];
  }
}

const toggled = (
  ids,
  id,
) => (ids.includes(id) ? ids.filter((held) => held !== id) : [...ids, id].sort());

class LabelMenu extends View {
  text = '';

  render() {
    const { todo } = this.props;
    const labels = labelsOf(this.state, todo.list_id).filter(({ name }) =>
      name.toLocaleLowerCase().includes(this.text.toLocaleLowerCase())
    );
    const exact = labels.some(({ name }) =>
      name.toLocaleLowerCase() === this.text.trim().toLocaleLowerCase()
    );
    return [
      h('div', { class: 'menu-title' }, 'Labels'),
      h(
        'form',
        {
          class: 'menu-form',
          onSubmit: (event) => {
            event.preventDefault();
            this.#enter(labels, exact);
          },
        },
        h('input', {
          class: 'input',
          autofocus: true,
          placeholder: 'Find or make a label',
          'aria-label': 'Find or make a label',
          maxlength: 50,
          value: this.text,
          onInput: (event) => {
            this.text = event.target.value;
            this.draw();
          },
        }),
      ),
      labels.map((label) =>
        item(
          h('span', { class: `dot hue-${label.colour}` }),
          label.name,
          () => this.#toggle(label.id),
          { checked: todo.labels.includes(label.id), key: label.id },
        )
      ),
      this.text.trim() && !exact
        ? item(icon('plus'), `Make “${this.text.trim()}”`, () => this.#make(), { key: 'make' })
        : null,
      labels.length === 0 && !this.text
        ? h('p', { class: 'menu-empty' }, 'This list has no labels yet. Type a name to make one.')
        : null,
    ];
  }

  #enter(labels, exact) {
    if (labels.length > 0 && (exact || labels.length === 1)) this.#toggle(labels[0].id);
    else if (this.text.trim()) this.#make();
  }

  #toggle(labelId) {
    const { todo } = this.props;
    this.app.actions.editTodo(todo.id, { labels: toggled(todo.labels, labelId) });
  }

  #make() {
    const { todo } = this.props;
    const colour = COLOURS[labelsOf(this.state, todo.list_id).length % COLOURS.length];
    this.#toggle(this.app.actions.addLabel(todo.list_id, { name: this.text.trim(), colour }));
    this.text = '';
    this.draw();
  }
}

class AssigneeMenu extends View {
  render() {
    const { todo } = this.props;
    const members = membersOf(this.state, todo.list_id);
    return [
      h('div', { class: 'menu-title' }, 'Assign to'),
      members.map(({ user }) =>
        item(
          avatar(user, 'small'),
          user.id === this.state.account?.id ? `${user.name} (me)` : user.name,
          () => this.app.actions.editTodo(todo.id, { assignees: toggled(todo.assignees, user.id) }),
          { checked: todo.assignees.includes(user.id), key: user.id },
        )
      ),
      this.state.lists[todo.list_id]?.is_inbox
        ? h(
          'p',
          { class: 'menu-empty' },
          'Your Inbox is yours alone. Move the todo to a shared list to give it to somebody.',
        )
        : item(
          icon('plus'),
          'Invite somebody',
          () => this.app.ui.openDialog({ kind: 'members', listId: todo.list_id }),
        ),
    ];
  }
}

class MoveMenu extends View {
  render() {
    const { todo, onDone } = this.props;
    const inbox = inboxOf(this.state);
    const lists = [inbox, ...myLists(this.state)].filter((list) =>
      list && canEdit(this.state, list.id)
    );
    return [
      h('div', { class: 'menu-title' }, 'Move to'),
      lists.map((list) =>
        item(
          list.is_inbox
            ? icon('inbox', 'tint-inbox')
            : h('span', { class: `dot hue-${list.colour}` }),
          list.is_inbox ? 'Inbox' : list.name,
          () => {
            if (list.id !== todo.list_id) {
              this.app.actions.moveTodo(todo.id, {
                to_list: list.id,
              });
            }
            onDone();
          },
          { checked: list.id === todo.list_id, key: list.id },
        )
      ),
    ];
  }
}

class ReminderMenu extends View {
  render() {
    const { todo } = this.props;
    const { reader } = this.app;
    const reminders = remindersOf(this.state, todo.id);
    const due = localDue(todo, reader.zone);
    const mails = mailsReminders(this.state);
    return [
      h('div', { class: 'menu-title' }, mails ? 'Remind me by email' : 'Remind me'),
      mails ? null : h(
        'p',
        { class: 'menu-empty' },
        'Mails of reminders are off. ',
        h('a', { href: '/settings' }, 'Change in settings'),
      ),
      reminders.map((reminder) => [
        item(
          icon('bell', 'tint-accent'),
          reminderText(reminder, reader),
          () => this.app.actions.deleteReminder(reminder),
          { hint: 'Remove', key: reminder.id },
        ),
        reminder.pending || !reminder.fires_at ? null : this.#snoozes(reminder),
      ]),
      due?.instant
        ? BEFORE.map((minutes) =>
          item(
            icon('clock'),
            beforeText(minutes).replace(/^./, (letter) => letter.toUpperCase()),
            () => this.#add({ minutes_before: minutes }, due.instant - minutes * 60_000),
          )
        )
        : null,
      due?.instant ? null : this.#mornings(),
      h(
        'form',
        { class: 'due-form', onSubmit: (event) => this.#submit(event) },
        h(
          'label',
          null,
          h('span', { class: 'menu-caption' }, 'At a time'),
          h('input', {
            class: 'input',
            type: 'datetime-local',
            name: 'at',
            required: true,
            min: wallTime(reader.now + 60_000, reader.zone).slice(0, 16),
          }),
        ),
        h('button', { class: 'button small primary wide', type: 'submit' }, 'Remind me'),
      ),
    ];
  }

  /** Again later: also what was sent already. */
  #snoozes(reminder) {
    const { reader, actions } = this.app;
    const tomorrow = instantOf(
      `${addDays(dayOf(reader.now, reader.zone), 1)}T09:00:00`,
      reader.zone,
    );
    const choices = [['10 min', { minutes: 10 }, reader.now + 600_000], [
      '1 hour',
      { minutes: 60 },
      reader.now + 3_600_000,
    ], [`Tomorrow ${timeText('09:00', reader)}`, { tomorrow: true }, tomorrow]];
    return h(
      'div',
      {
        key: `snooze ${reminder.id}`,
        class: 'snooze',
        role: 'group',
        'aria-label': `Snooze: ${reminderText(reminder, reader)}`,
      },
      h('span', { class: 'menu-hint' }, 'Snooze'),
      choices.map(([words, fields, until]) =>
        h('button', {
          class: 'chip',
          type: 'button',
          onClick: () => actions.snoozeReminder(reminder, fields, new Date(until).toISOString()),
        }, words)
      ),
    );
  }

  #mornings() {
    const { reader } = this.app;
    const tomorrow = instantOf(
      `${addDays(dayOf(reader.now, reader.zone), 1)}T09:00:00`,
      reader.zone,
    );
    const hour = Math.ceil((reader.now + 3_600_000) / 300_000) * 300_000;
    return [
      item(icon('clock'), 'In an hour', () => this.#at(hour), {
        hint: momentText(hour, reader).split(' ').slice(1).join(' '),
      }),
      item(icon('today'), `Tomorrow ${timeText('09:00', reader)}`, () => this.#at(tomorrow)),
    ];
  }

  #submit(event) {
    event.preventDefault();
    const at = event.target.elements.at.value;
    if (at) this.#at(instantOf(`${at}:00`.slice(0, 19), this.app.reader.zone));
  }

  #at(instant) {
    const at = new Date(instant).toISOString();
    this.#add({ at }, instant);
  }

  #add(fields, instant) {
    this.app.actions.addReminder(this.props.todo, fields, new Date(instant).toISOString());
    this.props.onDone();
  }
}

class MoreMenu extends View {
  render() {
    const { todo, onDone } = this.props;
    const { ui, router, actions } = this.app;
    const menu = (kind) => () => ui.openMenu({ kind, anchor: ui.menu.anchor, todoId: todo.id });
    const run = (work) => () => {
      onDone();
      work();
    };
    return [
      item(icon('pencil'), 'Edit title', run(() => ui.set({ editing: todo.id })), { hint: 'e' }),
      item(icon('right'), 'Open details', run(() => router.openTodo(todo.id)), { hint: 'Enter' }),
      item(icon('bell'), 'Remind me', menu('reminder'), { hint: 'r' }),
      item(icon('repeat'), 'Repeat', menu('repeat')),
      todo.repeat && isOpen(todo)
        ? item(icon('right'), 'Skip this one', run(() => actions.skip(todo.id)))
        : null,
      item(icon('tag'), 'Labels', menu('labels'), { hint: 'l' }),
      item(icon('move'), 'Move to a list', menu('move'), { hint: 'm' }),
      todo.status === 'pending'
        ? item(
          icon('clock'),
          'Mark as in progress',
          run(() => actions.editTodo(todo.id, { status: 'in_progress' })),
        )
        : null,
      item(icon('left', 'turned'), 'Move up', run(() => reorder(this.app, todo, -1)), {
        hint: `${ALT}↑`,
      }),
      item(icon('right', 'turned'), 'Move down', run(() => reorder(this.app, todo, 1)), {
        hint: `${ALT}↓`,
      }),
      item(icon('trash'), 'Move to the trash', run(() => removeWithUndo(this.app, todo)), {
        hint: 'Del',
        danger: true,
      }),
    ];
  }
}

customElements.define('ll-priority-menu', PriorityMenu);
customElements.define('ll-label-menu', LabelMenu);
customElements.define('ll-assignee-menu', AssigneeMenu);
customElements.define('ll-move-menu', MoveMenu);
customElements.define('ll-reminder-menu', ReminderMenu);
customElements.define('ll-more-menu', MoreMenu);
