// Queries of the todos of all lists by their due date in the reader's zone: Today and Upcoming.

import { byRank } from '../sync/rank.js';
import { isOpen } from '../sync/state.js';
import { sorted } from '../sync/todo_order.js';
import { addDays, dayOf, localDue } from './dates.js';

/**
 * @import { Reader, State, Todo } from '../types/client.d.ts'
 * @import { Order } from '../sync/todo_order.js'
 */

/** @type {WeakMap<Todo, {zone: string, key: string}>} */
const KEYS = new WeakMap();
/** @type {Map<string, Order>} by zone */
const ORDERS = new Map();

/**
 * Return "2026-11-29T09:00", by which due todos are sorted; a day without a time comes last in it.
 * @param {Todo} todo
 * @param {string} zone
 * @returns {string} empty without a due date
 */
export function dueKey(todo, zone) {
  const known = KEYS.get(todo);
  if (known?.zone === zone) return known.key;
  const due = localDue(todo, zone);
  const key = due ? `${due.day}T${due.time ?? '99'}` : '';
  KEYS.set(todo, { zone, key });
  return key;
}

/**
 * @param {Todo} todo
 * @param {string} zone
 */
const dueDayOf = (todo, zone) => dueKey(todo, zone).slice(0, 10);

/**
 * Return the order of open todos by their due date in a zone.
 * @param {string} zone
 */
function dueOrder(zone) {
  let order = ORDERS.get(zone);
  if (!order) {
    order = {
      accepts: (todo) => isOpen(todo) && todo.due !== null,
      compare: (a, b) => {
        const [left, right] = [dueKey(a, zone), dueKey(b, zone)];
        return left < right ? -1 : left > right ? 1 : byRank(a, b);
      },
    };
    ORDERS.set(zone, order);
  }
  return order;
}

/**
 * Return the open todos of all lists in use that are due from `from` until before `until`, the
 * earliest first.
 * @param {State} state
 * @param {string} zone
 * @param {{from?: string, until?: string}} days
 */
function dueBetween(state, zone, { from = '', until = '~' }) {
  const order = dueOrder(zone);
  const inUse = Object.entries(state.contents).filter(([listId]) => {
    const list = state.lists[listId];
    return list && !list.deleted_at && !list.archived_at;
  });
  const parts = inUse.map(([, content]) => {
    const all = sorted(content.todos, order);
    return all.slice(firstFrom(all, from, zone), firstFrom(all, until, zone));
  }).filter((part) => part.length > 0);
  return parts.length === 1 ? parts[0] : parts.flat().sort(order.compare);
}

/**
 * Return the index of the first todo that is due on `day` or later.
 * @param {readonly Todo[]} todos the earliest first
 * @param {string} day
 * @param {string} zone
 */
function firstFrom(todos, day, zone) {
  let low = 0;
  let high = todos.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (dueKey(todos[middle], zone) < day) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * @param {State} state
 * @param {Reader} reader
 */
export function todayTodos(state, { now, zone }) {
  const today = dayOf(now, zone);
  const due = dueBetween(state, zone, { until: addDays(today, 1) });
  const at = firstFrom(due, today, zone);
  return { overdue: due.slice(0, at), today: due.slice(at) };
}

/**
 * Return the days after today that have todos, with their todos.
 * @param {State} state
 * @param {Reader} reader
 */
export function upcomingDays(state, { now, zone }) {
  const due = dueBetween(state, zone, { from: addDays(dayOf(now, zone), 1) });
  const days = Map.groupBy(due, (todo) => dueDayOf(todo, zone));
  return [...days].map(([day, todos]) => ({ day, todos }));
}
