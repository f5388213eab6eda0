// When a todo is due: the usual days in one press, any day and time in three.

import { dateText, timeText } from '../../format/due.js';
import { repeatText, ruleOn, sentence } from '../../format/repeat.js';
import { t } from '../../languages/translate.js';
import { addDays, dayOf, nextWeek, wallTime } from '../../store/dates.js';
import { h } from '../base/dom.js';
import { textsOf } from '../base/form_view.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { changeTodos } from '../shell/undo_toasts.js';
import { dayIn } from '../tools/day_field.js';
import { item } from './menu_item.js';

/**
 * @import { Due, Todo } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

const MORNING = '09:00';

/** @extends {View<{todo: Todo, todos: Todo[], onDone: () => void} & UsedProps>} */
export class DuePicker extends View {
  /** For a todo that repeats: whether all later occurrences move too. */
  #movesAll = false;
  #isTyped = false;

  render() {
    const { todo, todos } = this.props;
    const isOne = todos.length === 1;
    return [
      h('div', { class: 'menu-title' }, t('Due')),
      isOne && todo.repeat ? this.#scope() : null,
      this.#usualDays(),
      this.#form(),
      isOne && item(
        icon('repeat'),
        todo.repeat ? sentence(repeatText(todo.repeat)) : t('Repeat'),
        () => this.#openRepeat(),
        { key: 'repeat', hint: todo.repeat ? t('Change') : '' },
      ),
      todos.some(({ due }) => due)
        ? item(icon('close'), t('No due date'), () => this.#set(null))
        : null,
    ];
  }

  #usualDays() {
    const { reader } = this.app;
    const { zone, now } = reader;
    const today = dayOf(now, zone);
    const tomorrow = addDays(today, 1);
    const monday = nextWeek(today);
    /** @param {string} day */
    const hint = (day) => dateText(day, reader);
    return [
      item(icon('today', 'tint-today'), t('Today'), () => this.#set({ date: today }), {
        hint: hint(today),
      }),
      item(icon('calendar', 'tint-upcoming'), t('Tomorrow'), () => this.#set({ date: tomorrow }), {
        hint: hint(tomorrow),
      }),
      item(
        icon('clock', 'tint-upcoming'),
        t('Tomorrow {time}', { time: timeText(MORNING, reader) }),
        () => this.#set({ at: `${tomorrow}T${MORNING}:00`, zone }),
        { hint: hint(tomorrow) },
      ),
      item(icon('right'), t('Next week'), () => this.#set({ date: monday }), {
        hint: hint(monday),
      }),
    ];
  }

  #scope() {
    /**
     * @param {boolean} movesAll
     * @param {string} text
     */
    const choice = (movesAll, text) =>
      h(
        'label',
        { class: 'segment' },
        h('input', {
          type: 'radio',
          name: 'scope',
          checked: this.#movesAll === movesAll,
          onChange: () => {
            this.#movesAll = movesAll;
            this.draw();
          },
        }),
        h('span', null, text),
      );
    return h(
      'div',
      { class: 'segments scope', role: 'radiogroup', 'aria-label': t('What to move') },
      choice(false, t('Only this one')),
      choice(true, t('All from here')),
    );
  }

  #form() {
    const { due, due_at: dueAt } = this.props.todo;
    const { zone, now } = this.app.reader;
    const time = due && 'at' in due ? due : null;
    const local = time?.zone && dueAt ? wallTime(Date.parse(dueAt), zone) : time?.at;
    const date = due && 'date' in due ? due.date : null;
    return h(
      'form',
      {
        class: 'due-form',
        onInput: () => {
          this.#isTyped = true;
        },
        onSubmit: (event) => {
          event.preventDefault();
          const typed = readForm(event.currentTarget);
          if (typed) this.#set(typed);
        },
      },
      h(
        'div',
        { class: 'due-fields' },
        h('ll-day-field', { key: 'day', value: date ?? local?.slice(0, 10) ?? dayOf(now, zone) }),
        field(t('Time'), { type: 'time', name: 'time', value: local?.slice(11, 16) ?? '' }),
      ),
      zoneField(zone, Boolean(time) && !time?.zone),
      h('button', { class: 'button small primary wide', type: 'submit' }, t('Set date')),
    );
  }

  /** Open the repeat menu with what was typed here and not yet set. */
  #openRepeat() {
    const { ui } = this.app;
    const form = this.querySelector('form');
    if (!ui.menu) return;
    ui.openMenu({
      kind: 'repeat',
      anchor: ui.menu.anchor,
      todoId: this.props.todo.id,
      due: this.#isTyped && form ? readForm(form) : null,
    });
  }

  /** @param {Due | null} due */
  #set(due) {
    const { todos, todo: { id, repeat } } = this.props;
    const { actions } = this.app;
    if (todos.length > 1) {
      this.props.onDone();
      // Without a due date no todo can repeat.
      changeTodos(this.app, todos, (each) => !due && each.repeat ? { due, repeat: null } : { due });
      return;
    }
    if (!repeat || (due && !this.#movesAll)) actions?.editTodo(id, { due });
    // Without a due date the todo cannot repeat.
    else if (!due) actions?.editTodo(id, { due, repeat: null });
    else {
      const rule = ruleOn(repeat.rule, due);
      actions?.editTodo(id, { due, repeat: { rule, counts_from: repeat.counts_from } });
    }
    this.props.onDone();
  }
}

/**
 * @param {string} label
 * @param {Record<string, unknown>} attributes
 */
const field = (label, attributes) =>
  h(
    'label',
    null,
    h('span', { class: 'menu-caption' }, label),
    h('input', { class: 'input', ...attributes }),
  );

/**
 * @param {string} zone
 * @param {boolean} isFloating each reader has it at the same wall time
 */
function zoneField(zone, isFloating) {
  const city = zone.split('/').at(-1)?.replaceAll('_', ' ');
  return h(
    'label',
    { class: 'menu-select' },
    h('span', { class: 'menu-caption' }, t('Time zone')),
    h(
      'select',
      { class: 'input', name: 'zone' },
      h(
        'option',
        { value: zone, selected: !isFloating },
        t('{city} time, for everyone', { city: city ?? zone }),
      ),
      h('option', { value: '', selected: isFloating }, t('Each reader’s own time')),
    ),
  );
}

/**
 * @param {HTMLFormElement} form
 * @returns {Due | null}
 */
function readForm(form) {
  const { time, zone } = textsOf(form);
  const day = dayIn(form);
  if (!day) return null;
  return time ? { at: `${day}T${time}:00`, ...(zone ? { zone } : {}) } : { date: day };
}

customElements.define('ll-due-picker', DuePicker);
