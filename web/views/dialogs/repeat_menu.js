// How a todo repeats: the usual rules in one press, any other in a few, and the next five dates of it
// before it is set.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { item } from './menu_item.js';
import { addDays, dayOf, dueDay, localDue } from '../../store/dates.js';
import { dayText } from '../../format/due.js';
import { fieldProblems } from '../../format/problems.js';
import {
  codeOf,
  DAY_CODES,
  partsOf,
  repeatText,
  ruleOf,
  ruleOn,
  sentence,
  usualRules,
} from '../../format/repeat.js';

const UNITS = [['DAILY', 'days'], ['WEEKLY', 'weeks'], ['MONTHLY', 'months'], ['YEARLY', 'years']];

class RepeatMenu extends View {
  /** @type {{rule: string, counts_from: string} | null} what is chosen and not yet set */
  wish = null;
  custom = false;
  dates = [];
  problem = '';
  #asked = '';

  get #due() {
    const { reader } = this.app;
    return this.props.due ?? this.props.todo.due ?? { date: dayOf(reader.now, reader.zone) };
  }

  connected() {
    const { repeat } = this.props.todo;
    if (!repeat) return;
    this.wish = {
      rule: this.props.due ? ruleOn(repeat.rule, this.props.due) : repeat.rule,
      counts_from: repeat.counts_from,
    };
    this.custom = repeat.counts_from === 'completion' ||
      !usualRules(this.#due).includes(this.wish.rule);
    this.#preview();
  }

  render() {
    const { todo } = this.props;
    const due = this.#due;
    return [
      h('div', { class: 'menu-title' }, 'Repeat'),
      this.custom
        ? item(icon('left'), 'The usual ones', () => {
          this.custom = false;
          this.draw();
        })
        : this.#usual(due),
      this.custom ? this.#form() : null,
      this.wish ? this.#outlook(due) : null,
      todo.repeat ? item(icon('close'), 'Do not repeat', () => this.#save(null)) : null,
    ];
  }

  #usual(due) {
    return [
      usualRules(due).map((rule) =>
        item(
          icon('repeat'),
          sentence(repeatText({ rule, counts_from: 'schedule' }, due)),
          () => this.#choose({ rule, counts_from: 'schedule' }, false),
          {
            checked: this.wish?.rule === rule && this.wish.counts_from === 'schedule',
            key: rule,
          },
        )
      ),
      item(icon('settings'), 'Something else', () =>
        this.#choose(
          this.wish ?? { rule: 'FREQ=DAILY;INTERVAL=3', counts_from: 'schedule' },
          true,
        )),
    ];
  }

  /** What it says, when that is, and the button that sets it. */
  #outlook(due) {
    const { reader } = this.app;
    return h(
      'div',
      { class: 'due-form', key: 'outlook' },
      h('p', { class: 'repeat-words' }, sentence(repeatText(this.wish, due))),
      this.problem ? h('p', { class: 'problem', role: 'alert' }, this.problem) : h(
        'p',
        { class: 'dates', 'aria-label': 'Next dates' },
        this.dates.map((moment) =>
          h('span', { class: 'date' }, dayText(localDue(moment, reader.zone).day, reader))
        ),
      ),
      h('button', {
        class: 'button small primary wide',
        type: 'button',
        disabled: Boolean(this.problem),
        onClick: () => this.#save(this.wish),
      }, this.props.todo.repeat ? 'Change from here on' : 'Repeat it'),
    );
  }

  #form() {
    const parts = partsOf(this.wish.rule);
    const change = (event) => this.#read(event.currentTarget ?? event.target.closest('form'));
    // Without a day the rule means that of the due date.
    const chosen = (parts.BYDAY || codeOf(dueDay(this.#due))).split(',');
    const end = parts.COUNT ? 'COUNT' : parts.UNTIL ? 'UNTIL' : '';
    return h(
      'form',
      {
        class: 'due-form',
        key: 'form',
        onInput: change,
        onSubmit: (event) => event.preventDefault(),
      },
      h(
        'div',
        { class: 'repeat-every' },
        h('span', null, 'Every'),
        h('input', {
          class: 'input',
          type: 'number',
          name: 'interval',
          min: 1,
          max: 999,
          'aria-label': 'Interval',
          value: parts.INTERVAL ?? '1',
        }),
        h(
          'select',
          { class: 'input', name: 'unit', 'aria-label': 'Unit' },
          UNITS.map(([unit, words]) =>
            h('option', { value: unit, selected: parts.FREQ === unit }, words)
          ),
        ),
      ),
      parts.FREQ === 'WEEKLY' && this.wish.counts_from === 'schedule'
        ? h(
          'div',
          { class: 'weekdays', role: 'group', 'aria-label': 'Days of the week' },
          DAY_CODES.map((code, at) =>
            h(
              'label',
              { class: 'weekday' },
              h('input', {
                type: 'checkbox',
                name: 'day',
                value: code,
                checked: chosen.includes(code),
                'aria-label': this.#dayName(at, 'long'),
              }),
              h('span', null, this.#dayName(at, 'narrow')),
            )
          ),
        )
        : null,
      h(
        'label',
        null,
        h('span', { class: 'menu-caption' }, 'Counted from'),
        h(
          'select',
          { class: 'input', name: 'counts_from' },
          h(
            'option',
            { value: 'schedule', selected: this.wish.counts_from === 'schedule' },
            'The date it was due',
          ),
          h(
            'option',
            { value: 'completion', selected: this.wish.counts_from === 'completion' },
            'The day it is done',
          ),
        ),
      ),
      h(
        'div',
        { class: 'due-fields' },
        h(
          'label',
          null,
          h('span', { class: 'menu-caption' }, 'Ends'),
          h(
            'select',
            { class: 'input', name: 'end' },
            [['', 'Never'], ['UNTIL', 'On a day'], ['COUNT', 'After times']].map(([value, words]) =>
              h('option', { value, selected: end === value }, words)
            ),
          ),
        ),
        end
          ? h(
            'label',
            null,
            h('span', { class: 'menu-caption' }, end === 'COUNT' ? 'Times' : 'Last day'),
            end === 'COUNT'
              ? h('input', {
                key: 'count',
                class: 'input',
                type: 'number',
                name: 'last',
                min: 1,
                max: 999,
                value: parts.COUNT,
              })
              : h('input', {
                key: 'until',
                class: 'input',
                type: 'date',
                name: 'last',
                value: parts.UNTIL.replace(/(....)(..)(..)/, '$1-$2-$3'),
              }),
          )
          : null,
      ),
    );
  }

  #dayName(at, weekday) {
    return new Intl.DateTimeFormat(this.app.reader.locale, { weekday, timeZone: 'UTC' }).format(
      Date.UTC(2024, 0, 1 + at),
    );
  }

  #read(form) {
    const fields = new FormData(form);
    const before = partsOf(this.wish.rule);
    const unit = fields.get('unit');
    const counts_from = fields.get('counts_from');
    const same = unit === before.FREQ && counts_from === 'schedule';
    const interval = Math.min(999, Math.max(1, Math.trunc(Number(fields.get('interval'))) || 1));
    // What the form does not show (the second Tuesday, say) stays while the unit does.
    const { FREQ: _f, INTERVAL: _i, COUNT: _c, UNTIL: _u, BYDAY, ...rest } = same ? before : {};
    const days = unit === 'WEEKLY'
      ? DAY_CODES.filter((code) => fields.getAll('day').includes(code)).join(',')
      : BYDAY;
    const rule = ruleOf({
      FREQ: unit,
      INTERVAL: interval > 1 ? String(interval) : '',
      ...this.#end(fields),
      BYDAY: same ? days : '',
      ...rest,
    });
    this.#choose({ rule, counts_from }, true);
  }

  #end(fields) {
    const end = fields.get('end');
    const last = String(fields.get('last') ?? '');
    if (end === 'COUNT') return { COUNT: /^[1-9]\d{0,2}$/.test(last) ? last : '10' };
    if (end !== 'UNTIL') return {};
    const { reader } = this.app;
    return {
      UNTIL: (/^\d{4}-/.test(last) ? last : addDays(dayOf(reader.now, reader.zone), 365))
        .replaceAll('-', ''),
    };
  }

  #choose(wish, custom) {
    this.wish = wish;
    this.custom = custom;
    this.#preview();
    this.draw();
  }

  async #preview() {
    const body = { due: this.#due, repeat: this.wish };
    const asked = JSON.stringify(body);
    this.#asked = asked;
    let found = { dates: [] };
    let problem = '';
    try {
      found = (await this.app.session.call('POST', '/repeats/preview', { body })).body;
    } catch (error) {
      // Without a connection there are no dates to show, and setting it waits like everything else.
      problem = error.status === 422 ? Object.values(fieldProblems(error))[0] ?? '' : '';
    }
    if (this.#asked !== asked) return;
    this.dates = found.dates;
    this.problem = problem;
    this.redraw();
  }

  #save(repeat) {
    const { todo, onDone } = this.props;
    this.app.actions.editTodo(todo.id, repeat ? { due: this.#due, repeat } : { repeat });
    onDone();
  }
}

customElements.define('ll-repeat-menu', RepeatMenu);
