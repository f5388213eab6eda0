// How the labels of a list change: their name and colour, and their end.

import { editTodos } from './bulk_edits.js';

/**
 * @import { LabelEditBody, LabelShape } from '../types/contract.d.ts'
 * @import { Actions } from './actions.js'
 */

/**
 * Change the name or the colour; undoing gives back those of before.
 * @param {Actions} actions
 * @param {LabelShape} label
 * @param {LabelEditBody} changes
 */
export function editLabel(actions, { id, list_id, name, colour }, changes) {
  /** @param {LabelEditBody} wanted */
  const send = (wanted) => actions.send('label.edit', { list_id, label_id: id, changes: wanted });
  send(changes);
  actions.undos.push('changed', name, () => send({ name, colour }));
}

/**
 * Delete a label, from all todos too. Undoing makes another one of that name on the same todos.
 * @param {Actions} actions
 * @param {LabelShape} label
 */
export function deleteLabel(actions, { id, list_id, name, colour }) {
  const labelId = actions.store.realId(id);
  const todos = [...actions.state.contents[list_id].todos]
    .filter(({ labels }) => labels.includes(labelId));
  actions.send('label.delete', { list_id, label_id: id });
  actions.undos.push('deleted', name, () => {
    const again = actions.addLabel(list_id, { name, colour });
    // Meanwhile they may have other labels, or be gone.
    const present = todos.flatMap((todo) => actions.find(todo.id) ?? []);
    editTodos(actions, present, ({ labels }) => ({ labels: [...labels, again].sort() }));
  });
}
