// Which todos of a list fit the user's view of it, and in what order. Pure.

import { searchWords } from '../../format/folding.js';
import { byRank } from '../../sync/rank.js';
import { isOpen } from '../../sync/state.js';
import { DONE, OPEN, sorted } from '../../sync/todo_order.js';
import { addDays, wallTime } from '../dates.js';
import { dueKey } from '../due_queries.js';
import { ownIdsOn } from '../placement/own_labels.js';
import { searchText } from '../queries.js';
import { isFiltering } from './views.js';

/**
 * @import { ListView, ViewFilter, ViewSort } from '../../types/contract.d.ts'
 * @import { Reader, Todo } from '../../types/client.d.ts'
 * @import { Order } from '../../sync/todo_order.js'
 * @import { TodoMap } from '../../sync/todo_map.js'
 * @import { OwnLabels } from '../placement/own_labels.js'
 */

/**
 * Return the part of the reader's clock on which a filter depends: "2026-11-21T13:00", or its day.
 * @param {ViewFilter} filter
 * @param {Reader} reader
 */
function momentOf({ due }, { now, zone }) {
  if (!due || due === 'none') return '';
  return wallTime(now, zone).slice(0, due === 'overdue' ? 16 : 10);
}

/**
 * @param {Todo} todo
 * @param {ViewFilter['due']} due
 * @param {string} zone
 * @param {string} moment
 */
function fitsDue(todo, due, zone, moment) {
  if (due === 'none') return todo.due === null;
  if (todo.due === null) return due === null;
  const key = dueKey(todo, zone);
  if (due === 'overdue') return key < moment;
  const day = key.slice(0, 10);
  return due === 'today' ? day === moment : day >= moment && day <= addDays(moment, 6);
}

/** @param {Todo} todo */
const statusOf = (todo) => isOpen(todo) ? todo.status : 'completed';

/**
 * @param {string[]} ids of a todo
 * @param {string[]} chosen
 */
const fitsIds = (ids, chosen) =>
  chosen.length === 0 ||
  (ids.length === 0 ? chosen.includes('none') : ids.some((id) => chosen.includes(id)));

/**
 * Return what tells whether a todo fits a filter at the reader's present time.
 * @param {ViewFilter} filter
 * @param {Reader} reader
 * @param {OwnLabels} mine
 * @returns {(todo: Todo) => boolean}
 */
export function fits(filter, reader, mine) {
  const words = searchWords(filter.text);
  const moment = momentOf(filter, reader);
  /** @type {string[]} */
  const statuses = filter.statuses;
  return (todo) =>
    (statuses.length === 0 || statuses.includes(statusOf(todo))) &&
    (filter.priorities.length === 0 || filter.priorities.includes(todo.priority)) &&
    (filter.labels.length === 0 ||
      fitsIds([...todo.labels, ...ownIdsOn(mine, todo)], filter.labels)) &&
    fitsIds(todo.assignees, filter.assignees) &&
    (filter.due === null || fitsDue(todo, filter.due, reader.zone, moment)) &&
    (words.length === 0 || words.every((word) => searchText(todo).includes(word)));
}

/** @type {Map<string, Intl.Collator>} by locale */
const collators = new Map();

/** @param {string} locale */
function collatorOf(locale) {
  const collator = collators.get(locale) ?? new Intl.Collator(locale, { numeric: true });
  collators.set(locale, collator);
  return collator;
}

/**
 * @param {ViewSort} sort
 * @param {Reader} reader
 * @param {OwnLabels} mine
 * @returns {(a: Todo, b: Todo) => number} 0 only for two versions of one todo
 */
function comparison(sort, { zone, locale }, mine) {
  /** @param {string} a @param {string} b */
  const compare = (a, b) => a < b ? -1 : a > b ? 1 : 0;
  switch (sort) {
    case 'due':
      // "~" comes after each digit: without a due date last.
      return (a, b) => compare(dueKey(a, zone) || '~', dueKey(b, zone) || '~') || byRank(a, b);
    case 'priority':
      return (a, b) => b.priority - a.priority || byRank(a, b);
    case 'title': {
      const collator = collatorOf(locale);
      return (a, b) => collator.compare(a.title, b.title) || byRank(a, b);
    }
    case 'personal_label': {
      const collator = collatorOf(locale);
      const names = new Map(Object.values(mine.personalLabels).map(({ id, name }) => [id, name]));
      /** @param {Todo} todo */
      const firstName = (todo) =>
        ownIdsOn(mine, todo).map((id) => names.get(id) ?? '').sort(collator.compare)[0];
      return (a, b) => {
        const [left, right] = [firstName(a), firstName(b)];
        // Without a label last.
        if (left === undefined || right === undefined) {
          return Number(left === undefined) - Number(right === undefined) || byRank(a, b);
        }
        return collator.compare(left, right) || byRank(a, b);
      };
    }
    case 'created':
      return (a, b) => compare(b.created_at, a.created_at) || byRank(a, b);
    default:
      return byRank;
  }
}

/** @type {Map<string, {key: string, mine: unknown[], order: Order}>} the newest of each slot */
const ORDERS = new Map();

/**
 * Return the order of a view: the same object as long as it means the same.
 * @param {'open' | 'done'} slot
 * @param {ListView} view
 * @param {Reader} reader
 * @param {OwnLabels} mine
 */
function orderOf(slot, { sort, filter }, reader, mine) {
  const { zone, locale } = reader;
  const key = JSON.stringify([sort, filter, zone, locale, momentOf(filter, reader)]);
  const known = ORDERS.get(slot);
  const usesLabels = filter.labels.length > 0 || sort === 'personal_label';
  const used = usesLabels ? [mine.labelled, mine.personalLabels] : [];
  if (known?.key === key && used.every((part, at) => part === known.mine[at])) return known.order;
  const base = slot === 'open' ? OPEN : DONE;
  const isFit = fits(filter, reader, mine);
  /** @type {Order} */
  const order = {
    slot,
    accepts: (todo, todos) => base.accepts(todo, todos) && isFit(todo),
    compare: slot === 'open' ? comparison(sort, reader, mine) : DONE.compare,
  };
  ORDERS.set(slot, { key, mine: used, order });
  return order;
}

/**
 * Return the top-level todos of a list that fit the view, and how many open ones do not.
 * @param {TodoMap | undefined} todos
 * @param {ListView} view
 * @param {Reader} reader
 * @param {OwnLabels} mine
 */
export function fitting(todos, view, reader, mine) {
  const open = sorted(todos, orderOf('open', view, reader, mine));
  const done = isFiltering(view.filter)
    ? sorted(todos, orderOf('done', view, reader, mine))
    : sorted(todos, DONE);
  return { open, done, hidden: sorted(todos, OPEN).length - open.length };
}
