// The user's reminders of a todo: those that are set, and new ones in one press.

import { momentText, timeText } from '../../format/due.js';
import { beforeText, reminderText } from '../../format/reminders.js';
import { sentence } from '../../format/repeat.js';
import { t, tn } from '../../languages/translate.js';
import { addDays, dayOf, instantOf, localDue } from '../../store/dates.js';
import { addReminder, deleteReminder, snoozeReminder } from '../../store/thread_edits.js';
import { mailsReminders, remindersOf } from '../../store/queries.js';
import { h } from '../base/dom.js';
import { textsOf } from '../base/form_view.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { toastWithUndo } from '../shell/undo_toasts.js';
import { dayIn } from '../tools/day_field.js';
import { item } from './menu_item.js';

/**
 * @import { ReminderBody, SnoozeBody } from '../../types/contract.d.ts'
 * @import { Reminder, Todo } from '../../types/client.d.ts'
 * @import { Child, UsedProps } from '../../types/dom.d.ts'
 */

const BEFORE_MINUTES = [0, 10, 30, 60, 1440];
const MORNING = '09:00';
const MINUTE_MS = 60_000;
const FIVE_MINUTES_MS = 5 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** @extends {View<{todo: Todo, onDone: () => void} & UsedProps>} */
export class ReminderMenu extends View {
  render() {
    const { todo } = this.props;
    const due = localDue(todo, this.app.reader.zone);
    const isMailed = mailsReminders(this.state);
    return [
      h('div', { class: 'menu-title' }, isMailed ? t('Remind me by email') : t('Remind me')),
      isMailed ? null : h(
        'p',
        { class: 'menu-empty' },
        t('Mails of reminders are off.'),
        ' ',
        h('a', { href: '/settings' }, t('Change in settings')),
      ),
      remindersOf(this.state, todo.id).map((reminder) => this.#reminder(reminder)),
      due?.instant ? this.#before(due.instant) : this.#soon(),
      this.#form(),
    ];
  }

  /**
   * @param {Reminder} reminder
   * @returns {Child}
   */
  #reminder(reminder) {
    const { reader } = this.app;
    return [
      item(
        icon('bell', 'tint-accent'),
        reminderText(reminder, reader),
        () => this.#remove(reminder),
        { hint: t('Remove'), key: reminder.id },
      ),
      reminder.pending || !reminder.fires_at ? null : this.#snoozes(reminder),
    ];
  }

  /** @param {Reminder} reminder */
  #remove(reminder) {
    const { actions } = this.app;
    if (!actions || !deleteReminder(actions, reminder)) return;
    toastWithUndo(this.app, t('The reminder is removed.'));
  }

  /**
   * Offer to snooze a reminder, also after it was sent.
   * @param {Reminder} reminder
   */
  #snoozes(reminder) {
    const { reader, actions } = this.app;
    /** @type {(label: string, fields: SnoozeBody, until: number) => Child} */
    const choice = (label, fields, until) =>
      h('button', {
        class: 'chip',
        type: 'button',
        onClick: () =>
          actions && snoozeReminder(actions, reminder, fields, new Date(until).toISOString()),
      }, label);
    return h(
      'div',
      {
        key: `snooze ${reminder.id}`,
        class: 'snooze',
        role: 'group',
        'aria-label': t('Snooze: {reminder}', { reminder: reminderText(reminder, reader) }),
      },
      h('span', { class: 'menu-hint' }, t('Snooze')),
      choice(tn(10, '{count} min', '{count} min'), { minutes: 10 }, reader.now + 10 * MINUTE_MS),
      choice(tn(1, '{count} hour', '{count} hours'), { minutes: 60 }, reader.now + HOUR_MS),
      choice(
        t('Tomorrow {time}', { time: timeText(MORNING, reader) }),
        { tomorrow: true },
        this.#tomorrow,
      ),
    );
  }

  /** @param {number} due the instant, in milliseconds */
  #before(due) {
    return BEFORE_MINUTES.map((minutes) =>
      item(
        icon('clock'),
        sentence(beforeText(minutes)),
        () => this.#add({ minutes_before: minutes }, due - minutes * MINUTE_MS),
      )
    );
  }

  #soon() {
    const { reader } = this.app;
    const inAnHour = Math.ceil((reader.now + HOUR_MS) / FIVE_MINUTES_MS) * FIVE_MINUTES_MS;
    return [
      item(icon('clock'), t('In an hour'), () => this.#addAt(inAnHour), {
        // The time alone: the day is plain from "in an hour".
        hint: momentText(inAnHour, reader).split(' ').slice(1).join(' '),
      }),
      item(icon('today'), t('Tomorrow {time}', { time: timeText(MORNING, reader) }), () => {
        this.#addAt(this.#tomorrow);
      }),
    ];
  }

  /** Tomorrow morning, in milliseconds. */
  get #tomorrow() {
    const { now, zone } = this.app.reader;
    return instantOf(`${addDays(dayOf(now, zone), 1)}T${MORNING}:00`, zone);
  }

  #form() {
    const { now, zone } = this.app.reader;
    return h(
      'form',
      {
        class: 'due-form',
        onSubmit: (event) => {
          event.preventDefault();
          const { time } = textsOf(event.currentTarget);
          const day = dayIn(event.currentTarget);
          if (!day || !time) return;
          // Some browsers add the seconds.
          const at = instantOf(`${day}T${time}:00`.slice(0, 19), zone);
          if (at > now) this.#addAt(at);
          else this.app.ui.toast(t('This time is past.'));
        },
      },
      h(
        'div',
        { class: 'due-fields' },
        h('ll-day-field', { key: 'day', value: dayOf(now, zone) }),
        h(
          'label',
          null,
          h('span', { class: 'menu-caption' }, t('Time')),
          h('input', { class: 'input', type: 'time', name: 'time', required: true }),
        ),
      ),
      h('button', { class: 'button small primary wide', type: 'submit' }, t('Remind me')),
    );
  }

  /** @param {number} instant in milliseconds */
  #addAt(instant) {
    this.#add({ at: new Date(instant).toISOString() }, instant);
  }

  /**
   * @param {ReminderBody} fields
   * @param {number} instant that the fields come to, in milliseconds
   */
  #add(fields, instant) {
    const firesAt = new Date(instant).toISOString();
    const { actions } = this.app;
    if (actions) addReminder(actions, this.props.todo, fields, firesAt);
    this.props.onDone();
  }
}

customElements.define('ll-reminder-menu', ReminderMenu);
