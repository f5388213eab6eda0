// A day: chosen in a calendar of a month, or typed as a date or in the words of quick add. The
// calendar is a grid, as the ARIA Authoring Practices have it for choosing a date.

import { timeText } from '../../format/due.js';
import { firstWeekday } from '../../format/locale.js';
import { t } from '../../languages/translate.js';
import { lineReader, loadReader } from '../../quick_add/loading.js';
import { dayOf } from '../../store/dates.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { contextOf } from '../quick_add/reading_context.js';
import { addMonths, dayAfterKey, isDay, weeksOf } from './month.js';

// Quick add keeps a line of dates alone as a title.
const TITLE = 'x';

/** @import { Child } from '../../types/dom.d.ts' */

/** @extends {View<{value: string, label?: string}>} */
export class DayField extends View {
  /** The chosen day; empty if what was typed is none. */
  day = '';
  /** The day that has the focus when the grid gets it; its month is shown. */
  #shown = '';
  #text = '';
  /** The time that was typed here and set in the field for it, HH:MM. */
  #time = '';

  connected() {
    this.#take(this.props.value);
    loadReader().then(() => this.#readLater());
  }

  render() {
    return [
      h(
        'label',
        null,
        h('span', { class: 'menu-caption' }, this.props.label ?? t('Day')),
        h('input', {
          class: 'input',
          name: 'day',
          autocomplete: 'off',
          placeholder: t('A date, or “in 3 days”'),
          'aria-invalid': String(!this.day),
          'aria-describedby': 'day-read',
          value: this.#text,
          onInput: (event) => {
            this.#text = event.currentTarget.value;
            this.#read();
          },
        }),
      ),
      h('span', {
        id: 'day-read',
        class: this.#text && !this.day ? 'menu-hint wrong' : 'menu-hint',
        role: 'status',
      }, this.#reading()),
      this.#head(),
      this.#grid(),
    ];
  }

  /** What was understood of a typed text. */
  #reading() {
    if (!this.day) return this.#text ? t('This date is not understood.') : '';
    const day = this.#format(this.day);
    if (this.#time) return `${day}, ${timeText(this.#time, this.app.reader)}`;
    return this.#text === day ? '' : day;
  }

  #head() {
    /** @type {(months: 1 | -1, name: 'left' | 'right', label: string) => Child} */
    const step = (months, name, label) =>
      h('button', {
        class: 'icon-button small',
        type: 'button',
        'aria-label': label,
        onClick: () => this.#show(addMonths(this.#shown, months)),
      }, icon(name));
    const month = new Intl.DateTimeFormat(this.app.reader.locale, {
      month: 'long',
      year: 'numeric',
      timeZone: 'UTC',
    }).format(Date.parse(`${this.#shown}T12:00:00Z`));
    return h(
      'div',
      { class: 'month-head' },
      step(-1, 'left', t('The month before')),
      h('span', { id: 'month-name', 'aria-live': 'polite' }, month),
      step(1, 'right', t('The month after')),
    );
  }

  #grid() {
    const weeks = weeksOf(this.#shown, this.#first);
    return h(
      'div',
      {
        class: 'month',
        role: 'grid',
        'aria-labelledby': 'month-name',
        onKeydown: (event) => this.#handleKey(event),
      },
      h(
        'div',
        { class: 'month-week', role: 'row' },
        weeks[0].map((day) =>
          h('span', {
            role: 'columnheader',
            'aria-label': this.#format(day, { weekday: 'long' }),
          }, this.#format(day, { weekday: 'narrow' }))
        ),
      ),
      weeks.map((week) =>
        h(
          'div',
          { key: week[0], class: 'month-week', role: 'row' },
          week.map((day) => this.#cell(day)),
        )
      ),
    );
  }

  /** @param {string} day */
  #cell(day) {
    const { now, zone } = this.app.reader;
    const isOther = day.slice(0, 7) !== this.#shown.slice(0, 7);
    return h('button', {
      key: day,
      class: `month-day ${isOther ? 'is-other' : ''}`,
      type: 'button',
      role: 'gridcell',
      'data-day': day,
      disabled: !isDay(day),
      tabindex: day === this.#shown ? '0' : '-1',
      'aria-label': this.#format(day, { dateStyle: 'full' }),
      'aria-selected': String(day === this.day),
      'aria-current': day === dayOf(now, zone) ? 'date' : undefined,
      onClick: () => this.#choose(day),
    }, Number(day.slice(8)));
  }

  get #first() {
    return firstWeekday(this.app.reader.locale);
  }

  /**
   * @param {string} day
   * @param {Intl.DateTimeFormatOptions} [options]
   */
  #format(day, options = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }) {
    return new Intl.DateTimeFormat(this.app.reader.locale, { ...options, timeZone: 'UTC' })
      .format(Date.parse(`${day}T12:00:00Z`));
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    const isMirrored = getComputedStyle(this).direction === 'rtl';
    const day = dayAfterKey(this.#shown, event, this.#first, isMirrored);
    if (!day || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    // The menu around it goes from entry to entry by these keys.
    event.stopPropagation();
    this.#show(day);
    this.#focus();
  }

  #focus() {
    const cell = this.querySelector(`[data-day="${this.#shown}"]`);
    if (cell instanceof HTMLElement) cell.focus();
  }

  /** @param {string} day */
  #show(day) {
    this.#shown = day;
    this.draw();
  }

  /** @param {string} day */
  #take(day) {
    this.day = this.#shown = day;
    this.#text = this.#format(day);
    this.#time = '';
  }

  /** @param {string} day */
  #choose(day) {
    this.#take(day);
    this.draw();
    this.#focus();
    this.dispatchEvent(new Event('input', { bubbles: true }));
  }

  /** Read the words that were typed before they could be read. */
  #readLater() {
    const before = this.day;
    this.#read();
    if (this.day !== before) this.dispatchEvent(new Event('input', { bubbles: true }));
  }

  /** Read what was typed: a date, or words as soon as what reads them is loaded. */
  #read() {
    const text = this.#text.trim();
    if (!this.isConnected || (this.day && text === this.#format(this.day))) return;
    const due = isDay(text) ? { date: text } : this.#readWords(text);
    const day = due && ('date' in due ? due.date : due.at.slice(0, 10));
    this.day = day && isDay(day) ? day : '';
    if (this.day) this.#shown = this.day;
    this.#setTime(due && 'at' in due ? due.at.slice(11, 16) : '');
    this.draw();
  }

  /**
   * Set the time that was typed; without one, take back only what was set before.
   * @param {string} typed
   */
  #setTime(typed) {
    const field = this.closest('form')?.elements.namedItem('time');
    if (!(field instanceof HTMLInputElement)) return;
    if (typed || field.value === this.#time) field.value = typed;
    this.#time = typed;
  }

  /** @param {string} text */
  #readWords(text) {
    const reading = lineReader()?.readLine(`${TITLE} ${text}`, contextOf(this.app, { listId: '' }));
    return reading?.title === TITLE && !reading.repeat ? reading.due : null;
  }
}

/**
 * Return the day of a form with such a field; empty if there is none.
 * @param {HTMLFormElement} form
 */
export function dayIn(form) {
  const field = form.querySelector('ll-day-field');
  return field instanceof DayField ? field.day : '';
}

customElements.define('ll-day-field', DayField);
