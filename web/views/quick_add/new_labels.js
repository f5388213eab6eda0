// The labels that a text of quick add names and that do not exist yet.

import { labelColour } from '../../format/colours.js';
import { nameKey } from '../../store/placement/label_names.js';
import { labelsOf } from '../../store/queries.js';

/** @import { App } from '../../app.js' */

/**
 * Make the labels of a line, unless a line before made them. Return their ids.
 * @param {App} app
 * @param {string} listId
 * @param {string[]} names
 * @param {Map<string, string>} made the ids of those that were made
 */
export function makeLabels({ actions, store }, listId, names, made) {
  const count = labelsOf(store.shown, listId).length;
  return names.map((name, at) => {
    const key = `${listId} ${nameKey(name)}`;
    const label = { name, colour: labelColour(count + at) };
    const id = made.get(key) ?? actions?.addLabel(listId, label) ?? '';
    made.set(key, id);
    return id;
  });
}
