// The todos of a list in groups: by due date, label or assignee. A todo is in one group. Pure.

import { addDays, dayOf, wallTime } from '../dates.js';
import { dueKey } from '../due_queries.js';
import { ownIdsOn } from '../placement/own_labels.js';

/**
 * @import { ViewGroup } from '../../types/contract.d.ts'
 * @import { Reader, State, Todo, TodoChanges } from '../../types/client.d.ts'
 * @typedef {{id: string, name: string}} Named
 * @typedef {'overdue' | 'today' | 'tomorrow' | 'week' | 'later' | 'none'} DueGroup
 * @typedef {{key: string, todos: Todo[]}} TodoGroup `key`: a DueGroup, or the id of a label or an
 *   assignee; `none` for todos without any
 */

/** @type {DueGroup[]} */
const DUE_GROUPS = ['overdue', 'today', 'tomorrow', 'week', 'later', 'none'];

/**
 * @param {Reader} reader
 * @returns {(todo: Todo) => DueGroup}
 */
function dueGroupOf({ now, zone }) {
  const moment = wallTime(now, zone).slice(0, 16);
  const today = dayOf(now, zone);
  const [tomorrow, last] = [addDays(today, 1), addDays(today, 6)];
  return (todo) => {
    if (todo.due === null) return 'none';
    const key = dueKey(todo, zone);
    const day = key.slice(0, 10);
    if (key < moment) return 'overdue';
    if (day === today) return 'today';
    if (day === tomorrow) return 'tomorrow';
    return day <= last ? 'week' : 'later';
  };
}

/**
 * Return the first of the labels or assignees of a todo, in the order of their names.
 * @param {string[]} ids
 * @param {ReadonlyMap<string, number>} places
 */
function firstOf(ids, places) {
  const known = ids.filter((id) => places.has(id));
  if (known.length < 2) return known[0] ?? 'none';
  return known.reduce((a, b) => (places.get(b) ?? 0) < (places.get(a) ?? 0) ? b : a);
}

/**
 * @param {Todo} todo
 * @param {Exclude<ViewGroup, 'none' | 'due'>} group
 * @param {Pick<State, 'labelled'>} mine
 */
function idsOf(todo, group, mine) {
  if (group === 'personal_label') return ownIdsOn(mine, todo);
  return group === 'label' ? todo.labels : todo.assignees;
}

/**
 * Return the groups that have todos, in their order; the todos keep theirs.
 * @param {readonly Todo[]} todos
 * @param {Exclude<ViewGroup, 'none'>} group
 * @param {Named[]} named the labels or the members of the list, by name
 * @param {Reader} reader
 * @param {Pick<State, 'labelled'>} mine
 * @returns {TodoGroup[]}
 */
export function groupsOf(todos, group, named, reader, mine) {
  const places = new Map(named.map(({ id }, at) => [id, at]));
  const dueGroup = dueGroupOf(reader);
  /** @param {Todo} todo */
  const keyOf = (todo) =>
    group === 'due' ? dueGroup(todo) : firstOf(idsOf(todo, group, mine), places);
  const found = Map.groupBy(todos, keyOf);
  const keys = group === 'due' ? DUE_GROUPS : [...named.map(({ id }) => id), 'none'];
  return keys.flatMap((key) => {
    const members = found.get(key);
    return members ? [{ key, todos: members }] : [];
  });
}

/**
 * Return what changes when a todo goes from a group to another; null if no single value is meant.
 * @param {Todo} todo
 * @param {Exclude<ViewGroup, 'none' | 'personal_label'>} group
 * @param {string} from
 * @param {string} to
 * @param {Reader} reader
 * @returns {TodoChanges | null}
 */
export function changesInto(todo, group, from, to, { now, zone }) {
  if (group === 'due') {
    const today = dayOf(now, zone);
    if (to === 'none') return todo.repeat ? { due: null, repeat: null } : { due: null };
    if (to === 'today') return { due: { date: today } };
    return to === 'tomorrow' ? { due: { date: addDays(today, 1) } } : null;
  }
  const field = group === 'label' ? 'labels' : 'assignees';
  const others = todo[field].filter((id) => id !== from && id !== to);
  return { [field]: to === 'none' ? others : [...others, to].sort() };
}
