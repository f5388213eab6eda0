// Which todos of its lists a calendar feed shows: the fields to choose that, and its words.

import { message, t } from '../../../../languages/translate.js';
import { own } from '../../../../own.js';
import { isFiltering } from '../../../../store/list_views/views.js';
import { isLoaded } from '../../../../store/queries.js';
import { PLAIN } from '../../../../sync/requests.js';
import { h } from '../../../base/dom.js';
import {
  choiceFields,
  offeredFields,
  selectRow,
  wordsRow,
} from '../../../components/choice_fields.js';
import { choiceTexts } from '../../../tools/view_texts.js';

/**
 * @import { App } from '../../../../app.js'
 * @import { CalendarFeedShape, FeedDue, FeedFilter } from '../../../../types/contract.d.ts'
 * @import { ViewFilter } from '../../../../types/contract.d.ts'
 */

/** @type {FeedFilter} */
export const NO_FILTER = { ...PLAIN.filter, due: null };

const DAYS = message(
  'The feed shows todos of all days, not only those due now: the calendar shows the days itself.',
);

/** @returns {Record<FeedDue, string>} */
const dues = () => ({ dated: t('With a due date'), undated: t('Without a due date') });

/**
 * Return the filter of a view without what depends on the present day. That there is a due date
 * is left of it.
 * @param {ViewFilter} filter
 * @returns {FeedFilter}
 */
const withoutDays = ({ due, ...choices }) => ({
  ...choices,
  due: due === null ? null : due === 'none' ? 'undated' : 'dated',
});

/**
 * Return the filter with which the user looks at a list, as a feed can have it.
 * @param {App} app
 * @param {string} listId
 */
export function filterOfView({ store: { shown } }, listId) {
  const filter = own(shown.lists, listId)?.view?.filter;
  return filter ? withoutDays(filter) : NO_FILTER;
}

/**
 * Return what is left of a filter for another list: ids that it does not offer would show nothing.
 * @param {App} app
 * @param {string} listId '' for all lists
 * @param {FeedFilter} filter
 * @returns {FeedFilter}
 */
export function filterFor(app, listId, filter) {
  const kept = offeredFields(app, listId).map(({ field, choices }) => {
    const ids = new Set(choices.map(({ id }) => id));
    /** @type {(string | number)[]} */
    const chosen = filter[field];
    return [field, chosen.filter((id) => ids.has(id))];
  });
  return { ...filter, ...Object.fromEntries(kept) };
}

/**
 * @typedef {object} FilterOptions
 * @property {string} listId '' for all lists
 * @property {FeedFilter} filter
 * @property {boolean} isOpen
 * @property {boolean} hasDays the days of a view's filter are not taken over
 * @property {boolean} isOfEvents which all have due dates
 */

/**
 * @param {App} app
 * @param {FilterOptions} options
 * @param {(change: Partial<FeedFilter>) => void} onChange
 */
export function filterFields(app, { listId, filter, isOpen, hasDays, isOfEvents }, onChange) {
  return h(
    'details',
    { key: 'filter', class: 'feed-filter', open: isOpen },
    h('summary', null, t('Only some of these todos')),
    hasDays ? h('p', { key: 'days', class: 'quiet' }, t(DAYS)) : null,
    h(
      'div',
      { key: 'fields', class: 'view-form' },
      isOfEvents ? null : selectRow(
        t('Due'),
        { '': t('Any time'), ...dues() },
        filter.due ?? '',
        (due) => onChange({ due: /** @type {FeedDue} */ (due) || null }),
      ),
      wordsRow(filter.text, (text) => onChange({ text })),
      choiceFields(app, listId, filter, onChange),
    ),
  );
}

/**
 * Return what the filter of a feed says, in words.
 * @param {App} app
 * @param {CalendarFeedShape} feed
 * @returns {string[]}
 */
export function filterTexts(app, { list_id: listId, filter }) {
  if (!filter || !isFiltering(filter)) return [];
  // The names of labels and members are part of a list.
  if (listId && !isLoaded(app.store.shown, listId)) return [t('with a filter')];
  const { text, ...choices } = choiceTexts(app, listId ?? '', filter);
  const due = filter.due ? dues()[filter.due] : '';
  return [text, due, ...Object.values(choices)].filter(Boolean);
}
