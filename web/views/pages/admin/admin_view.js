// What the pages of the administration share: loading with its problem in words, tables, and times.

import { problemText } from '../../../format/problems.js';
import { t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { FormView } from '../../base/form_view.js';
import { skeleton } from '../page_parts.js';

/**
 * @import { Child } from '../../../types/dom.d.ts'
 * @import { Reader } from '../../../types/client.d.ts'
 */

/**
 * A page that loads its data when it is shown. A subclass loads in `load()`, draws in `content()`.
 * @template {object} [Props={}]
 * @extends {FormView<Props>}
 */
export class AdminView extends FormView {
  isLoaded = false;
  loadProblem = '';

  connected() {
    this.reload();
  }

  /** Load what the page shows, and draw it. */
  async reload() {
    try {
      await this.load();
      this.isLoaded = true;
      this.loadProblem = '';
    } catch (error) {
      this.loadProblem = problemText(error);
    }
    if (this.isConnected) this.redraw();
  }

  async load() {}

  /** @returns {Child} */
  content() {
    return null;
  }

  render() {
    return [
      this.loadProblem
        ? h('p', { key: 'problem', class: 'problem', role: 'alert' }, this.loadProblem)
        : null,
      this.isLoaded ? this.content() : this.loadProblem ? null : skeleton(),
    ];
  }

  /**
   * Do what a button says, then load the page again. A failure is told in words.
   * @param {() => Promise<string>} action returns what was done, as a sentence
   */
  async act(action) {
    try {
      this.app.ui.toast(await action());
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
    await this.reload();
  }

  /**
   * @param {string} title
   * @param {string} text what will happen
   * @param {string} action what the button says
   * @param {() => Promise<string>} run
   */
  ask(title, text, action, run, isSafe = false) {
    const done = () => this.act(run);
    this.app.ui.openDialog({ kind: 'confirm', title, text, action, isSafe, run: done });
  }
}

/**
 * Return a table that becomes a list of blocks on a phone, where each cell names its column.
 * @param {string[]} heads
 * @param {{key: string, cells: Child[]}[]} rows
 * @param {string} caption for screen readers
 */
export function table(heads, rows, caption) {
  return h(
    'table',
    { class: 'admin-table', 'aria-label': caption },
    h('thead', null, h('tr', null, heads.map((head) => h('th', { scope: 'col' }, head)))),
    h(
      'tbody',
      null,
      rows.map(({ key, cells }) =>
        h('tr', { key }, cells.map((cell, index) => h('td', { 'data-label': heads[index] }, cell)))
      ),
    ),
  );
}

/**
 * Return a select with its label, beside which nothing else is written.
 * @param {string} label
 * @param {[string, string][]} choices values and what the user reads
 * @param {string} value
 * @param {(value: string) => void} onChoose
 */
export function chooser(label, choices, value, onChoose) {
  return h(
    'select',
    {
      class: 'input',
      'aria-label': label,
      onChange: ({ currentTarget }) => onChoose(currentTarget.value),
    },
    choices.map(([each, text]) => h('option', { value: each, selected: each === value }, t(text))),
  );
}

/**
 * Return the date and time of an instant, in the reader's words.
 * @param {string | null} instant
 * @param {Reader} reader
 */
export function whenText(instant, { locale, zone }) {
  if (!instant) return '–';
  return new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: zone,
  })
    .format(new Date(instant));
}

/**
 * Return the day of an instant, which a column of a table shows without breaking it.
 * @param {string} instant
 * @param {Reader} reader
 */
export const dayText = (instant, { locale, zone }) =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: zone })
    .format(new Date(instant)).replaceAll(' ', '\u00a0');
