// What the parts of a view are called: in its menu, its chips and its headings.

import { longDay } from '../../format/due.js';
import { priorityName } from '../../format/priorities.js';
import { t } from '../../languages/translate.js';
import { addDays, dayOf } from '../../store/dates.js';
import { withFilter } from '../../store/list_views/views.js';
import { accountsOf, labelsOf, ownLabels } from '../../store/queries.js';
import { PLAIN } from '../../sync/requests.js';

/**
 * @import { App } from '../../app.js'
 * @import { ListView, ViewDue, ViewFilter, ViewGroup, ViewSort } from '../../types/contract.d.ts'
 * @import { DueGroup, Named } from '../../store/list_views/groups.js'
 */

/** @returns {Record<ViewSort, string>} */
export const sorts = () => ({
  manual: t('By hand'),
  due: t('Due date'),
  priority: t('Priority'),
  title: t('Title'),
  created: t('Newest first'),
  personal_label: t('My labels'),
});

/** @returns {Record<ViewGroup, string>} */
export const groups = () => ({
  none: t('No groups'),
  due: t('Due date'),
  label: t('Label'),
  assignee: t('Assignee'),
  personal_label: t('My labels'),
});

/** @returns {Record<ViewDue, string>} */
export const dues = () => ({
  overdue: t('Overdue'),
  today: t('Due today'),
  week: t('Due in 7 days'),
  none: t('Without a due date'),
});

/** @returns {Record<string, string>} */
export const statuses = () => ({
  pending: t('Not begun'),
  in_progress: t('In progress'),
  completed: t('Completed'),
});

/**
 * Return the labels of a list, the user's own, or the members to whom something can be
 * assigned, by name.
 * @param {App} app
 * @param {string} listId '' for all lists: the user's own labels, and the user
 * @param {'label' | 'personal_label' | 'assignee'} kind
 * @returns {Named[]}
 */
export function choicesOf({ store: { shown } }, listId, kind) {
  if (kind === 'label') return labelsOf(shown, listId);
  if (kind === 'personal_label') return ownLabels(shown);
  const { account } = shown;
  const users = listId
    ? accountsOf(shown, listId).map(({ user }) => user)
    : account
    ? [account]
    : [];
  return users.map(({ id, name }) => ({
    id,
    name: id === account?.id ? t('{name} (me)', { name }) : name,
  }));
}

/**
 * @param {App} app
 * @param {string} listId '' for all lists
 * @param {'label' | 'personal_label' | 'assignee'} kind
 * @param {string} id
 */
function choiceName(app, listId, kind, id) {
  if (id === 'none') return kind === 'assignee' ? t('Unassigned') : t('No label');
  const { shown } = app.store;
  const lists = listId ? [listId] : Object.keys(shown.contents);
  const known = [...lists.flatMap((each) => choicesOf(app, each, kind)), ...ownLabels(shown)];
  return known.find((choice) => choice.id === id)?.name ?? t('Gone');
}

/**
 * Return the heading of a group.
 * @param {App} app
 * @param {string} listId
 * @param {Exclude<ViewGroup, 'none'>} group
 * @param {string} key
 */
export function groupTitle(app, listId, group, key) {
  if (group !== 'due') return choiceName(app, listId, group, key);
  const { now, zone, locale } = app.reader;
  const today = dayOf(now, zone);
  /** @type {Record<DueGroup, string>} */
  const titles = {
    overdue: t('Overdue'),
    today: t('Today · {day}', { day: longDay(today, locale) }),
    tomorrow: t('Tomorrow · {day}', { day: longDay(addDays(today, 1), locale) }),
    week: t('In the next days'),
    later: t('Later'),
    none: t('Without a due date'),
  };
  return titles[/** @type {DueGroup} */ (key)];
}

/** @typedef {{key: string, text: string, without: ListView}} ViewPart */

/**
 * Return what the fields of a filter say, except that of the due date; '' for an empty field.
 * @param {App} app
 * @param {string} listId '' for all lists
 * @param {Omit<ViewFilter, 'due'>} filter
 */
export function choiceTexts(
  app,
  listId,
  { text, priorities, statuses: states, labels, assignees },
) {
  /** @param {'label' | 'assignee'} kind @param {string[]} ids */
  const names = (kind, ids) => ids.map((id) => choiceName(app, listId, kind, id)).join(', ');
  return {
    text: text && t('“{text}”', { text }),
    priorities: [...priorities].sort().reverse().map((level) => priorityName(level)).join(', '),
    statuses: states.map((status) => statuses()[status]).join(', '),
    labels: names('label', labels),
    assignees: names('assignee', assignees),
  };
}

/**
 * Return the parts of a filter, each with the view that is left without it.
 * @param {App} app
 * @param {string} listId
 * @param {ListView} view
 * @returns {ViewPart[]}
 */
export function filterParts(app, listId, view) {
  const { due } = view.filter;
  const { text, ...choices } = choiceTexts(app, listId, view.filter);
  const texts = { text, due: due ? dues()[due] : '', ...choices };
  return Object.entries(texts).filter(([, said]) => said).map(([key, said]) => {
    const field = /** @type {keyof ViewFilter} */ (key);
    return { key, text: said, without: withFilter(view, { [field]: PLAIN.filter[field] }) };
  });
}

/**
 * Return all parts of a view, the order and the groups too.
 * @param {App} app
 * @param {string} listId
 * @param {ListView} view
 * @returns {ViewPart[]}
 */
export function viewParts(app, listId, view) {
  const { sort, group } = view;
  const sorted = t('Sorted: {order}', { order: sorts()[sort] });
  const grouped = t('Groups: {field}', { field: groups()[group] });
  return [
    ...filterParts(app, listId, view),
    ...(sort === 'manual'
      ? []
      : [{ key: 'sort', text: sorted, without: { ...view, sort: PLAIN.sort } }]),
    ...(group === 'none'
      ? []
      : [{ key: 'group', text: grouped, without: { ...view, group: PLAIN.group } }]),
  ];
}
