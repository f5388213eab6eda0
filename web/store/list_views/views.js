// How the user looks at a list: what a view is, and what changes it. Pure.

/**
 * @import { ListView, ViewFilter } from '../../types/contract.d.ts'
 * @typedef {'priorities' | 'statuses' | 'labels' | 'assignees'} ChoiceField
 */

/** @param {Omit<ViewFilter, 'due'> & {due: string | null}} filter of a view or a feed */
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
 * Return what a field of a filter is with one choice more, or without it.
 * @param {readonly (string | number)[]} chosen
 * @param {string | number} choice
 */
export function withChoice(chosen, choice) {
  const others = chosen.filter((other) => other !== choice);
  return others.length < chosen.length ? others : [...chosen, choice];
}
