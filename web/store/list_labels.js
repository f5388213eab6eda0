// How the labels of a list change: their name and colour, and their end.

import { editTodos } from './bulk_edits.js';
import { changeLabel } from './mutation_parts.js';

/**
 * @import { LabelEditBody, LabelShape } from '../types/contract.d.ts'
 * @import { Actions } from './actions.js'
 */

/** The server restores a label on no more todos (shared/labels/commands.py). */
const MOST_RESTORED = 200;

/**
 * Change the name or the colour; undoing gives back those of before.
 * @param {Actions} actions
 * @param {LabelShape} label
 * @param {LabelEditBody} changes
 */
export function editLabel(actions, label, changes) {
  const { id: label_id, list_id } = label;
  changeLabel(actions.undos, label, changes, (wanted) => {
    return actions.send('label.edit', { list_id, label_id, changes: wanted });
  });
}

/**
 * Delete a label, from all todos too. The server alone can restore it, with its id, also on todos
 * in the trash and those that are not loaded; of more todos than it restores, undoing makes another
 * label of that name.
 * @param {Actions} actions
 * @param {LabelShape} label
 */
export function deleteLabel(actions, label) {
  const { id, list_id, name, colour } = label;
  const labelId = actions.store.realId(id);
  const todos = [...actions.state.contents[list_id].todos]
    .filter(({ labels }) => labels.includes(labelId));
  const sent = actions.send('label.delete', { list_id, label_id: id });
  const restore = () => {
    const labelled = todos.map((todo) => todo.id);
    actions.undoChange({ list_id }, sent.key, { label: { ...label, id: labelId }, labelled });
  };
  const makeAgain = () => {
    const again = actions.addLabel(list_id, { name, colour });
    // Meanwhile they may have other labels, or be gone.
    const present = todos.flatMap((todo) => actions.find(todo.id) ?? []);
    editTodos(actions, present, ({ labels }) => ({ labels: [...labels, again].sort() }));
  };
  const undo = todos.length > MOST_RESTORED ? makeAgain : restore;
  actions.undos.push('deleted', name, undo, sent);
}
