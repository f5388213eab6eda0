// Which todos of a page are selected, for one action on all of them. Pure.

import { NO_SELECTION } from './ui_state.js';

/**
 * @typedef {object} Selection
 * @property {ReadonlySet<string>} ids
 * @property {string | null} anchor where a range begins: the todo that was toggled last
 * @property {ReadonlySet<string>} base what was selected besides the range from the anchor
 */

/**
 * Select a todo, or take it out.
 * @param {Selection} selection
 * @param {string} id
 * @returns {Selection}
 */
export function toggled(selection, id) {
  const base = new Set(selection.ids);
  const wasSelected = base.delete(id);
  const ids = wasSelected ? base : new Set([...base, id]);
  return ids.size > 0 ? { ids, anchor: id, base } : NO_SELECTION;
}

/**
 * Select what is shown from the anchor to a todo, in place of the range before.
 * @param {Selection} selection
 * @param {readonly string[]} order what can be selected, as it is shown
 * @param {string} id
 * @returns {Selection}
 */
export function extended(selection, order, id) {
  const { anchor, base } = selection;
  const [from, to] = [anchor === null ? -1 : order.indexOf(anchor), order.indexOf(id)];
  if (from < 0 || to < 0) return selection.ids.has(id) ? selection : toggled(selection, id);
  const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { ids: new Set([...base, ...range]), anchor, base };
}

/**
 * Take out what is not shown any more. Return the same selection if that is nothing.
 * @param {Selection} selection
 * @param {ReadonlySet<string>} shown
 * @returns {Selection}
 */
export function retained(selection, shown) {
  const { anchor } = selection;
  if ([...selection.ids].every((id) => shown.has(id))) return selection;
  /** @param {ReadonlySet<string>} ids */
  const left = (ids) => new Set([...ids].filter((id) => shown.has(id)));
  const ids = left(selection.ids);
  if (ids.size === 0) return NO_SELECTION;
  return {
    ids,
    anchor: anchor !== null && shown.has(anchor) ? anchor : null,
    base: left(selection.base),
  };
}

/**
 * Replace a provisional id by the real one.
 * @param {Selection} selection
 * @param {string} from
 * @param {string} to
 * @returns {Selection}
 */
export function renamed(selection, from, to) {
  if (!selection.ids.has(from) && selection.anchor !== from) return selection;
  /** @param {string | null} id */
  const name = (id) => id === from ? to : id;
  /** @param {ReadonlySet<string>} ids */
  const all = (ids) => new Set([...ids].map((id) => id === from ? to : id));
  return { ids: all(selection.ids), anchor: name(selection.anchor), base: all(selection.base) };
}
