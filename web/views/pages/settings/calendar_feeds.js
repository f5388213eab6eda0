// The calendar feeds of the user: make one, copy its address, give it another one, and revoke it.

import { own } from '../../../own.js';
import { problemText } from '../../../format/problems.js';
import { h } from '../../base/dom.js';
import { FormView } from '../../base/form_view.js';

/**
 * @import { CalendarFeedShape, NewCalendarFeedShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @import { Field } from '../../base/form_view.js'
 */

const PATH = '/users/me/calendar-feeds';
const INTRODUCTION = 'A calendar feed shows your todos in a calendar program. It cannot ' +
  'change them. Everybody who has its address can read them.';

/** @type {[string, string][]} */
const CONTENTS = [
  ['todos', 'Tasks, such as in Thunderbird'],
  ['events', 'Events, for Google, Apple and Outlook calendars'],
];

/** @type {Field[]} */
const FIELDS = [{ name: 'name', label: 'Name in the calendar program' }];

/** @extends {FormView<{}>} */
export class CalendarFeeds extends FormView {
  static watches = true;
  /** @type {CalendarFeedShape[]} */
  #feeds = [];
  /** @type {NewCalendarFeedShape | null} the feed that got its address just now */
  #created = null;
  #listProblem = '';

  connected() {
    this.#load();
  }

  disconnected() {
    this.#created = null;
  }

  async #load() {
    try {
      /** @type {Answer<{items: CalendarFeedShape[]}>} */
      const { body } = await this.app.session.call('GET', PATH);
      this.#feeds = body.items;
      this.#listProblem = '';
    } catch (error) {
      this.#listProblem = problemText(error);
    }
    this.redraw();
  }

  render() {
    return [
      h('p', { class: 'quiet' }, INTRODUCTION),
      this.#listProblem ? h('p', { class: 'problem' }, this.#listProblem) : null,
      this.#feeds.map((feed) => this.#row(feed)),
      this.#created ? this.#address(this.#created) : null,
      this.form(FIELDS, 'Make feed', (values, form) => this.#create(values, form), {
        afterFields: [
          select('list_id', 'Todos of', this.#lists()),
          select('content', 'Shown as', CONTENTS),
          h(
            'label',
            { class: 'list-choice-row', key: 'completed' },
            h('input', { type: 'checkbox', name: 'include_completed' }),
            h('span', null, 'Completed todos too'),
          ),
        ],
      }),
    ];
  }

  /** @returns {[string, string][]} */
  #lists() {
    const lists = Object.values(this.state.lists).filter((list) => !list.archived_at).sort((a, b) =>
      Number(b.is_inbox) - Number(a.is_inbox) || a.name.localeCompare(b.name)
    );
    /** @type {[string, string][]} */
    const choices = lists.map(({ id, name }) => [id, name]);
    return [['', 'All lists, also those to come'], ...choices];
  }

  /** @param {CalendarFeedShape} feed */
  #row({ id, name, list_id: listId, content, include_completed: isComplete }) {
    const facts = [
      listId ? own(this.state.lists, listId)?.name ?? 'A list you cannot see now' : 'All lists',
      content === 'events' ? 'as events' : 'as tasks',
      isComplete ? 'with completed todos' : '',
    ];
    return h(
      'div',
      { key: id, class: 'plain-row' },
      h(
        'div',
        { class: 'plain-body' },
        h('p', null, name),
        h('p', { class: 'quiet' }, facts.filter(Boolean).join(' · ')),
      ),
      h(
        'div',
        { class: 'plain-actions' },
        h('button', {
          class: 'button small',
          'aria-label': `New address for ${name}`,
          onClick: () => this.#askAndRotate(id, name),
        }, 'New address'),
        h('button', {
          class: 'button small',
          'aria-label': `Revoke ${name}`,
          onClick: () => this.#askAndRevoke(id, name),
        }, 'Revoke'),
      ),
    );
  }

  /** @param {NewCalendarFeedShape} created */
  #address({ id, name, address }) {
    return h(
      'div',
      { key: `address-${id}`, class: 'field', role: 'status' },
      h(
        'label',
        { for: 'calendar-feed-address' },
        `The address of “${name}”. Copy it now: it is not shown again.`,
      ),
      h('input', {
        id: 'calendar-feed-address',
        class: 'input',
        readonly: true,
        value: address,
      }),
      h('button', { class: 'button', type: 'button', onClick: () => this.#copy(address) }, 'Copy'),
    );
  }

  /** @param {string} address */
  async #copy(address) {
    try {
      await navigator.clipboard.writeText(address);
      this.app.ui.toast('Copied.');
    } catch {
      // Browsers refuse it on pages without https: the user copies the selected text.
      const field = this.querySelector('#calendar-feed-address');
      if (field instanceof HTMLInputElement) field.select();
      this.app.ui.toast('Your browser does not allow it. Copy the selected text.');
    }
  }

  /**
   * @param {Record<string, string>} values
   * @param {HTMLFormElement} form
   */
  async #create({ name, list_id: listId, content, include_completed: isComplete }, form) {
    /** @type {Answer<NewCalendarFeedShape>} */
    const { body } = await this.app.session.call('POST', PATH, {
      body: {
        name: name.trim(),
        list_id: listId || null,
        content,
        include_completed: Boolean(isComplete),
      },
    });
    form.reset();
    this.#created = body;
    await this.#load();
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  #askAndRotate(id, name) {
    this.app.ui.openDialog({
      kind: 'confirm',
      title: `Give “${name}” a new address?`,
      text: 'The calendar programs that use the old one stop showing these todos.',
      action: 'New address',
      run: () => this.#change('POST', `${PATH}/${id}/rotate`),
    });
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  #askAndRevoke(id, name) {
    this.app.ui.openDialog({
      kind: 'confirm',
      title: `Revoke “${name}”?`,
      text: 'The calendar programs that use it stop showing these todos.',
      action: 'Revoke',
      run: () => this.#change('DELETE', `${PATH}/${id}`),
    });
  }

  /**
   * @param {'POST' | 'DELETE'} method
   * @param {string} path
   */
  async #change(method, path) {
    try {
      /** @type {Answer<NewCalendarFeedShape | null>} */
      const { body } = await this.app.session.call(method, path);
      this.#created = body;
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
    await this.#load();
  }
}

/**
 * @param {string} name
 * @param {string} label
 * @param {[string, string][]} choices values and what the user reads
 */
function select(name, label, choices) {
  const id = `calendar-feed-${name}`;
  return h(
    'div',
    { class: 'field', key: name },
    h('label', { for: id }, label),
    h(
      'select',
      { id, name, class: 'input' },
      choices.map(([value, text]) => h('option', { key: value, value }, text)),
    ),
  );
}

customElements.define('ll-calendar-feeds', CalendarFeeds);
