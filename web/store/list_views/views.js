// How the user looks at a list: what a view is, and what changes it. Pure.

/**
 * @import { ListView, ViewFilter } from '../../types/contract.d.ts'
 * @typedef {'priorities' | 'statuses' | 'labels' | 'assignees'} ChoiceField
 */

/** @param {ViewFilter} filter */
export const isFiltering = ({ text, due, priorities, statuses, labels, assignees }) =>
  Boolean(text || due) ||
  [priorities, statuses, labels, assignees].some(({ length }) => length > 0);

/** @param {ListView} view */
export const isPlain = ({ sort, group, filter }) =>
  sort === 'manual' && group === 'none' && !isFiltering(filter);

/**
 * @param {ListView} view
 * @param {Partial<ViewFilter>} changes
 * @returns {ListView}
 */
export const withFilter = (view, changes) => ({ ...view, filter: { ...view.filter, ...changes } });

/**
 * Add a choice to a field of the filter, or take it out.
 * @param {ListView} view
 * @param {ChoiceField} field
 * @param {string | number} choice
 */
export function withChoice(view, field, choice) {
  /** @type {(string | number)[]} */
  const chosen = view.filter[field];
  const others = chosen.filter((other) => other !== choice);
  const next = others.length < chosen.length ? others : [...chosen, choice];
  return withFilter(view, { [field]: next });
}
