// What Enter does in the menu of labels. Pure.

import { searchKey } from '../../format/folding.js';
import { isNamed } from './label_names.js';

/** @typedef {{id: string, name: string}} Named */

/**
 * Return the label that a typed text means: one of that name, else one whose name is nearly so, as
 * without an accent, else the only one that matches. The user's own come first: a name that is
 * theirs must not become one that all members see.
 * @param {string} text
 * @param {Named[]} own those that the user keeps for themselves
 * @param {Named[]} ofList
 * @returns {{id: string, isOwn: boolean} | null}
 */
export function labelOnEnter(text, own, ofList) {
  const key = searchKey(text.trim());
  const groups = [key ? own : [], ofList]
    .map((labels) => labels.filter(({ name }) => searchKey(name).includes(key)));
  const exact = groups.map((labels) => labels.find((label) => isNamed([label], text)));
  const alike = groups.map((labels) => labels.find(({ name }) => searchKey(name) === key));
  const sole = groups.map((labels) => labels.length === 1 ? labels[0] : undefined);
  const label = [...exact, ...alike, ...sole].find(Boolean);
  return label ? { id: label.id, isOwn: groups[0].includes(label) } : null;
}
