// When it is due: the usual days in one press, any day and time in three.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { item } from './menu_item.js';
import { addDays, dayOf, wallTime, weekday } from '../../store/dates.js';
import { dayText, timeText } from '../../format/due.js';
import { repeatText, ruleOn, sentence } from '../../format/repeat.js';

const MORNING = '09:00';

class DuePicker extends View {
  /** Of a todo that repeats: whether all that follow move too. */
  all = false;
  #typed = false;

  render() {
    const { reader } = this.app;
    const today = dayOf(reader.now, reader.zone);
    const day = (at) =>
      new Intl.DateTimeFormat(reader.locale, { weekday: 'short', timeZone: 'UTC' }).format(
        Date.parse(`${at}T12:00:00Z`),
      );
    const tomorrow = addDays(today, 1);
    const monday = addDays(today, 8 - weekday(today));
    const { todo } = this.props;
    return [
      h('div', { class: 'menu-title' }, 'Due'),
      todo.repeat ? this.#scope() : null,
      item(icon('today', 'tint-today'), 'Today', () => this.#set({ date: today }), {
        hint: day(today),
      }),
      item(icon('calendar', 'tint-upcoming'), 'Tomorrow', () => this.#set({ date: tomorrow }), {
        hint: day(tomorrow),
      }),
      item(
        icon('clock', 'tint-upcoming'),
        `Tomorrow ${timeText(MORNING, reader)}`,
        () => this.#set({ at: `${tomorrow}T${MORNING}:00`, zone: reader.zone }),
        { hint: day(tomorrow) },
      ),
      item(icon('right'), 'Next week', () => this.#set({ date: monday }), {
        hint: dayText(monday, { ...reader, now: reader.now - 7 * 86_400_000 }),
      }),
      this.#form(today),
      item(
        icon('repeat'),
        todo.repeat ? sentence(repeatText(todo.repeat)) : 'Repeat',
        () =>
          this.app.ui.openMenu({
            kind: 'repeat',
            anchor: this.app.ui.menu.anchor,
            todoId: todo.id,
            due: this.#wish(),
          }),
        { key: 'repeat', hint: todo.repeat ? 'Change' : '' },
      ),
      todo.due ? item(icon('close'), 'No due date', () => this.#set(null)) : null,
    ];
  }

  #scope() {
    return h(
      'div',
      { class: 'segments scope', role: 'radiogroup', 'aria-label': 'What to move' },
      [[false, 'Only this one'], [true, 'All from here']].map(([all, words]) =>
        h(
          'label',
          { class: 'segment' },
          h('input', {
            type: 'radio',
            name: 'scope',
            checked: this.all === all,
            onChange: () => {
              this.all = all;
              this.draw();
            },
          }),
          h('span', null, words),
        )
      ),
    );
  }

  #form(today) {
    const { todo } = this.props;
    const { reader } = this.app;
    const local = todo.due?.zone && todo.due_at
      ? wallTime(Date.parse(todo.due_at), reader.zone)
      : todo.due?.at;
    const floating = Boolean(todo.due?.at) && !todo.due.zone;
    return h(
      'form',
      {
        class: 'due-form',
        onInput: () => {
          this.#typed = true;
        },
        onSubmit: (event) => this.#submit(event),
      },
      h(
        'div',
        { class: 'due-fields' },
        h(
          'label',
          null,
          h('span', { class: 'menu-caption' }, 'Day'),
          h('input', {
            class: 'input',
            type: 'date',
            name: 'day',
            required: true,
            value: todo.due?.date ?? local?.slice(0, 10) ?? today,
          }),
        ),
        h(
          'label',
          null,
          h('span', { class: 'menu-caption' }, 'Time'),
          h('input', {
            class: 'input',
            type: 'time',
            name: 'time',
            value: local?.slice(11, 16) ?? '',
          }),
        ),
      ),
      h(
        'label',
        { class: 'menu-select' },
        h('span', { class: 'menu-caption' }, 'Time zone'),
        h(
          'select',
          { class: 'input', name: 'zone' },
          h(
            'option',
            { value: reader.zone, selected: !floating },
            `${reader.zone.split('/').pop().replaceAll('_', ' ')} time, for everyone`,
          ),
          h('option', { value: '', selected: floating }, 'Each reader’s own time'),
        ),
      ),
      h('button', { class: 'button small primary wide', type: 'submit' }, 'Set date'),
    );
  }

  #submit(event) {
    event.preventDefault();
    const due = this.#read();
    if (due) this.#set(due);
  }

  #read() {
    const { day, time, zone } = Object.fromEntries(new FormData(this.querySelector('form')));
    if (!day) return null;
    return time ? { at: `${day}T${time}:00`, ...(zone ? { zone } : {}) } : { date: day };
  }

  /** What was typed and not yet set, for the menu that comes next. */
  #wish() {
    return this.#typed ? this.#read() : null;
  }

  #set(due) {
    const { id, repeat } = this.props.todo;
    if (!repeat) this.app.actions.editTodo(id, { due });
    // Nothing repeats without a date to count from.
    else if (!due) this.app.actions.editTodo(id, { due, repeat: null });
    else {this.app.actions.editTodo(
        id,
        this.all
          ? { due, repeat: { rule: ruleOn(repeat.rule, due), counts_from: repeat.counts_from } }
          : { due },
      );}
    this.props.onDone();
  }
}

customElements.define('ll-due-picker', DuePicker);
