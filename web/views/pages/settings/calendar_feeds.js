// The calendar feeds of the user: make one, copy its address, give it another one, and revoke it.

import { listName } from '../../../format/list_name.js';
import { dayText } from '../../../format/due.js';
import { message, t, translated } from '../../../languages/translate.js';
import { own } from '../../../own.js';
import { isFiltering } from '../../../store/list_views/views.js';
import { dayOf } from '../../../store/dates.js';
import { h } from '../../base/dom.js';
import {
  filterFields,
  filterFor,
  filterOfView,
  filterTexts,
  NO_FILTER,
} from './parts/feed_filter.js';
import { secretField, selectField } from './parts/fields.js';
import { ItemSection } from './parts/item_section.js';

/**
 * @import { CalendarFeedShape, FeedFilter } from '../../../types/contract.d.ts'
 * @import { NewCalendarFeedShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @import { Field } from '../../base/form_view.js'
 */

const PATH = '/users/me/calendar-feeds';

const INTRODUCTION = message(
  'A calendar feed shows your todos in a calendar program. It cannot ' +
    'change them. Everybody who has its address can read them.',
);

/** @type {[string, string][]} */
const CONTENTS = [
  ['todos', message('Tasks, such as in Thunderbird')],
  ['events', message('Events, for Google, Apple and Outlook calendars')],
];

/** @type {Field[]} */
const FIELDS = [{ name: 'name', label: message('Name in the calendar program') }];

/** @extends {ItemSection<CalendarFeedShape>} */
export class CalendarFeeds extends ItemSection {
  static watches = true;
  /** @type {NewCalendarFeedShape | null} the feed that got its address just now */
  #created = null;
  /** @type {string | null} null: the first of the choices */
  #chosenList = null;
  #isOfEvents = false;
  /** @type {FeedFilter | null} null: the one that the address of the page asks for */
  #chosenFilter = null;

  get path() {
    return PATH;
  }

  get #listId() {
    return this.#chosenList ?? this.#lists()[0][0];
  }

  get #filter() {
    const isWanted = isFilterWanted() && this.#listId === wantedList();
    return this.#chosenFilter ?? (isWanted ? filterOfView(this.app, wantedList()) : NO_FILTER);
  }

  disconnected() {
    super.disconnected();
    this.#created = null;
  }

  render() {
    return [
      this.head(t(INTRODUCTION)),
      this.items.map((feed) => this.#row(feed)),
      this.#created ? this.#address(this.#created) : null,
      this.form(FIELDS, t('Make feed'), (values, form) => this.#create(values, form), {
        afterFields: [
          select('list_id', t('Todos of'), this.#lists(), (listId) => {
            const filter = filterFor(this.app, listId, this.#filter);
            this.#chosenList = listId;
            this.#setFilter(filter);
          }),
          select('content', t('Shown as'), translated(CONTENTS), (content) => {
            this.#isOfEvents = content === 'events';
            this.redraw();
          }),
          this.#filterFields(),
          // The filter says it where it has a status.
          this.#filter.statuses.length > 0 ? null : h(
            'label',
            { class: 'list-choice-row', key: 'completed' },
            h('input', { type: 'checkbox', name: 'include_completed' }),
            h('span', null, t('Completed todos too')),
          ),
        ],
      }),
    ];
  }

  #filterFields() {
    const due = own(this.state.lists, wantedList())?.view?.filter.due ?? 'none';
    return filterFields(this.app, {
      listId: this.#listId,
      filter: this.#filter,
      isOpen: isFilterWanted(),
      hasDays: isFilterWanted() && due !== 'none',
      isOfEvents: this.#isOfEvents,
    }, (change) => this.#setFilter({ ...this.#filter, ...change }));
  }

  /** @param {FeedFilter} filter */
  #setFilter(filter) {
    this.#chosenFilter = filter;
    this.redraw();
  }

  /** @returns {[string, string][]} */
  #lists() {
    const lists = Object.values(this.state.lists).filter((list) => !list.archived_at).sort((a, b) =>
      Number(b.is_inbox) - Number(a.is_inbox) || a.name.localeCompare(b.name)
    );
    /** @type {[string, string][]} */
    const choices = lists.map((list) => [list.id, listName(list)]);
    choices.unshift(['', t('All lists, also those to come')]);
    // The first one is chosen at the beginning: the list from whose menu the user comes.
    const wanted = wantedList();
    const index = choices.findIndex(([id]) => id && id === wanted);
    if (index > 0) choices.unshift(...choices.splice(index, 1));
    return choices;
  }

  /** @param {CalendarFeedShape} feed */
  #row(feed) {
    const { id, name, list_id: listId, content, include_completed: isComplete } = feed;
    const { reader } = this.app;
    const usedAt = feed.last_used_at;
    const facts = [
      listId
        ? listName(own(this.state.lists, listId)) || t('A list you cannot see now')
        : t('All lists'),
      content === 'events' ? t('as events') : t('as tasks'),
      isComplete && !feed.filter?.statuses.length ? t('with completed todos') : '',
      ...filterTexts(this.app, feed),
      usedAt
        ? t('last read {day}', { day: dayText(dayOf(Date.parse(usedAt), reader.zone), reader) })
        : t('never read'),
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
          'aria-label': t('New address for {name}', { name }),
          onClick: () => this.#askAndRotate(id, name),
        }, t('New address')),
        h('button', {
          class: 'button small',
          'aria-label': t('Revoke {name}', { name }),
          onClick: () => this.#askAndRevoke(id, name),
        }, t('Revoke')),
      ),
    );
  }

  /** @param {NewCalendarFeedShape} created */
  #address({ id, name, address }) {
    const { ui } = this.app;
    const key = `address-${id}`;
    return secretField(
      ui,
      'calendar-feed-address',
      key,
      message('The address of “{name}”. Copy it now: it is not shown again.'),
      name,
      address,
    );
  }

  /**
   * @param {Record<string, string>} values
   * @param {HTMLFormElement} form
   */
  async #create({ name, list_id: listId, content, include_completed: isComplete }, form) {
    const filter = this.#isOfEvents ? { ...this.#filter, due: null } : this.#filter;
    /** @type {Answer<NewCalendarFeedShape>} */
    const { body } = await this.app.session.call('POST', PATH, {
      body: {
        name: name.trim(),
        list_id: listId || null,
        content,
        include_completed: Boolean(isComplete) || filter.statuses.includes('completed'),
        filter: isFiltering(filter) ? filter : null,
      },
    });
    form.reset();
    this.#chosenList = null;
    this.#isOfEvents = false;
    this.#chosenFilter = NO_FILTER;
    this.#created = body;
    await this.load();
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  #askAndRotate(id, name) {
    this.ask(
      t('Give “{name}” a new address?', { name }),
      t('The calendar programs that use the old one stop showing these todos.'),
      t('New address'),
      () => this.#change('POST', `${id}/rotate`),
    );
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  #askAndRevoke(id, name) {
    this.ask(
      t('Revoke “{name}”?', { name }),
      t('The calendar programs that use it stop showing these todos.'),
      t('Revoke'),
      () => this.#change('DELETE', id),
    );
  }

  /**
   * @param {'POST' | 'DELETE'} method
   * @param {string} path
   */
  async #change(method, path) {
    /** @type {Answer<NewCalendarFeedShape | null> | null} */
    const answer = await this.change(method, path);
    if (answer) this.#created = answer.body;
    this.redraw();
  }
}

/**
 * @param {string} name
 * @param {string} label
 * @param {[string, string][]} choices values and what the user reads
 * @param {(value: string) => void} onChoice
 */
const select = (name, label, choices, onChoice) =>
  selectField(`calendar-feed-${name}`, name, label, choices, onChoice);

/** Return the list from whose menu or view the user comes; '' for none. */
const wantedList = () => new URLSearchParams(location.search).get('feed') ?? '';

/** Return true if the user comes from the view of a list, with its filter. */
const isFilterWanted = () => new URLSearchParams(location.search).has('filter');

customElements.define('ll-calendar-feeds', CalendarFeeds);
