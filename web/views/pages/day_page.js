// Today and Upcoming: todos of all lists by their day, in the reader's own zone.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { around, empty } from './list_page.js';
import { inboxOf, todayTodos, upcomingDays } from '../../store/select.js';
import { dayOf } from '../../store/dates.js';
import { dayText, longDay } from '../../format/due.js';

class DayPage extends View {
  static watches = true;

  render() {
    return [
      h('div', { class: 'page' }, this.props.page === 'today' ? this.#today() : this.#upcoming()),
    ];
  }

  #head(name, tint, title, note) {
    return h(
      'header',
      { class: 'page-head' },
      h(
        'div',
        { class: 'page-title' },
        icon(name, tint),
        h('h1', null, title),
        note ? h('span', { class: 'page-note' }, note) : null,
      ),
    );
  }

  #section(title, todos, { tone = '', day = null } = {}) {
    return h(
      'section',
      { key: title, class: 'day' },
      h('h2', { class: `day-title ${tone}` }, title),
      h('ll-todo-list', { class: 'rows', todos, showList: true, day, ...around(this) }),
    );
  }

  #today() {
    const { reader } = this.app;
    const { overdue, today } = todayTodos(this.state, reader);
    const day = dayOf(reader.now, reader.zone);
    const inbox = inboxOf(this.state);
    return [
      this.#head('today', 'tint-today', 'Today', longDay(day, reader.locale)),
      inbox
        ? h('ll-quick-add', {
          key: 'add',
          listId: inbox.id,
          due: { date: day },
          placeholder: 'Add a todo for today',
        })
        : null,
      overdue.length > 0 ? this.#section('Overdue', overdue, { tone: 'is-overdue' }) : null,
      today.length > 0
        ? this.#section(overdue.length > 0 ? 'Today' : 'Due today', today, { day })
        : null,
      overdue.length + today.length === 0
        ? empty(
          'today',
          'A clear day',
          'Nothing is due today. What you give a date, in any list, appears here when its day comes.',
        )
        : null,
    ];
  }

  #upcoming() {
    const { reader } = this.app;
    const days = upcomingDays(this.state, reader);
    const title = (day) => {
      const words = dayText(day, reader);
      const long = longDay(day, reader.locale);
      return long.startsWith(words)
        ? long
        : `${words.charAt(0).toLocaleUpperCase()}${words.slice(1)} · ${long}`;
    };
    return [
      this.#head('calendar', 'tint-upcoming', 'Upcoming'),
      days.map(({ day, todos }) => this.#section(title(day), todos, { day })),
      days.length === 0
        ? empty(
          'calendar',
          'Nothing ahead',
          'Give a todo a date with d, or type “tomorrow” while adding it.',
        )
        : null,
    ];
  }
}

customElements.define('ll-day-page', DayPage);
