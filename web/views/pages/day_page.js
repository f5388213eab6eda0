// Today and Upcoming: the todos of all lists by their day, in the reader's own zone.

import { dayText, longDay } from '../../format/due.js';
import { message, t } from '../../languages/translate.js';
import { addDays, dayOf } from '../../store/dates.js';
import { todayTodos, upcomingDays } from '../../store/due_queries.js';
import { inboxOf } from '../../store/queries.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import '../quick_add/quick_add.js';
import '../components/todo_list.js';
import { empty, isLong, usedByRows } from './page_parts.js';

/**
 * @import { Todo } from '../../types/client.d.ts'
 * @import { Child } from '../../types/dom.d.ts'
 */

const CLEAR_DAY = message(
  'Nothing is due today. What you give a date, in any list, appears here when ' + 'its day comes.',
);

/** @extends {View<{page: 'today' | 'upcoming'}>} */
export class DayPage extends View {
  static watches = true;

  render() {
    return [
      h('div', { class: 'page' }, this.props.page === 'today' ? this.#today() : this.#upcoming()),
    ];
  }

  /** @returns {Child[]} */
  #today() {
    const { reader } = this.app;
    const { overdue, today } = todayTodos(this.state, reader);
    const day = dayOf(reader.now, reader.zone);
    const windowed = isLong(overdue.length + today.length);
    return [
      pageHead(icon('today', 'tint-today'), t('Today'), longDay(day, reader.locale)),
      this.#quickAdd(day, t('Add a todo for today')),
      overdue.length > 0
        ? this.#section(t('Overdue'), overdue, { windowed, tone: 'is-overdue' })
        : null,
      today.length > 0
        ? this.#section(overdue.length > 0 ? t('Today') : t('Due today'), today, { windowed, day })
        : null,
      overdue.length + today.length === 0 ? empty('today', t('A clear day'), t(CLEAR_DAY)) : null,
    ];
  }

  /**
   * @param {string} day
   * @param {string} placeholder
   */
  #quickAdd(day, placeholder) {
    const inbox = inboxOf(this.state);
    return inbox && h('ll-quick-add', {
      key: 'add',
      listId: inbox.id,
      due: { date: day },
      placeholder,
    });
  }

  /** @returns {Child[]} */
  #upcoming() {
    const { reader } = this.app;
    const days = upcomingDays(this.state, reader);
    const tomorrow = addDays(dayOf(reader.now, reader.zone), 1);
    const windowed = isLong(days.reduce((sum, { todos }) => sum + todos.length, 0));
    return [
      pageHead(icon('calendar', 'tint-upcoming'), t('Upcoming')),
      this.#quickAdd(tomorrow, t('Add a todo for tomorrow')),
      days.map(({ day, todos }) => this.#section(this.#dayTitle(day), todos, { windowed, day })),
      days.length === 0
        ? empty(
          'calendar',
          t('Nothing ahead'),
          t('Give a todo a date with d, or type its day while adding it: “friday”.'),
        )
        : null,
    ];
  }

  /**
   * Return "Tomorrow · Sunday, 22 November", or the date alone when that begins with the same word.
   * @param {string} day
   */
  #dayTitle(day) {
    const { reader } = this.app;
    const text = dayText(day, reader);
    const long = longDay(day, reader.locale);
    if (long.startsWith(text)) return long;
    return `${text.charAt(0).toLocaleUpperCase()}${text.slice(1)} · ${long}`;
  }

  /**
   * @param {string} title
   * @param {readonly Todo[]} todos
   * @param {{windowed: boolean, tone?: string, day?: string | null}} options
   */
  #section(title, todos, { windowed, tone = '', day = null }) {
    const rows = { todos, windowed, showList: true, day, ...usedByRows(this.app) };
    return h(
      'section',
      { key: title, class: 'day' },
      h('h2', { class: `day-title ${tone}` }, title),
      h('ll-todo-list', { class: 'rows', ...rows }),
    );
  }
}

/**
 * @param {Child} mark
 * @param {string} title
 * @param {string} [note]
 */
const pageHead = (mark, title, note) =>
  h(
    'header',
    { class: 'page-head' },
    h(
      'div',
      { class: 'page-title' },
      mark,
      h('h1', null, title),
      note ? h('span', { class: 'page-note' }, note) : null,
    ),
  );

customElements.define('ll-day-page', DayPage);
