// The labels that the user keeps for themselves: which there are, on which todos, and how they
// change.

import { own } from '../../own.js';
import { newTempId } from '../../sync/keys.js';
import { inParts } from '../bulk_edits.js';
import { changeLabel } from '../mutation_parts.js';

/**
 * @import { Colour, LabelEditBody, PersonalLabelShape } from '../../types/contract.d.ts'
 * @import { State, Todo } from '../../types/client.d.ts'
 * @import { Actions } from '../actions.js'
 * @typedef {Pick<State, 'labelled' | 'personalLabels'>} OwnLabels
 */

/** The server takes no more on a todo. */
export const MOST_ON_TODO = 10;

/**
 * Return the ids of the user's own labels on a todo.
 * @param {Pick<State, 'labelled'>} state
 * @param {Todo} todo
 */
export const ownIdsOn = ({ labelled }, { id }) => own(labelled, id) ?? [];

/**
 * The same, for a todo that was read before it got its id from the server.
 * @param {Actions} actions
 * @param {Todo} todo
 */
const idsNow = (actions, todo) => ownIdsOn(actions.state, actions.find(todo.id) ?? todo);

/**
 * Return the todos of all lists in use with one of the user's own labels.
 * @param {State} state
 * @param {string} labelId
 * @param {string[]} listIds
 * @returns {{listId: string, todos: Todo[]}[]} in the order of `listIds`
 */
export function todosWith(state, labelId, listIds) {
  return listIds.flatMap((listId) => {
    const todos = own(state.contents, listId)?.todos;
    const found = [...todos ?? []].filter((todo) => ownIdsOn(state, todo).includes(labelId));
    return found.length > 0 ? [{ listId, todos: found }] : [];
  });
}

/**
 * @param {Actions} actions
 * @param {{todo: Todo, labels: string[]}[]} wanted
 */
function send(actions, wanted) {
  // Somebody may have deleted some since: the server would refuse the others with them.
  const todos = wanted.flatMap(({ todo, labels }) => {
    const present = actions.find(todo.id);
    return present ? [{ todo_id: present.id, personal_labels: labels }] : [];
  });
  for (const part of inParts(todos)) actions.send('todo.label', { todos: part });
}

/**
 * Give the todos a label of the user's own, or take it from them if all have it.
 * @param {Actions} actions
 * @param {Todo[]} todos
 * @param {string} labelId
 */
export function toggleOwnLabel(actions, todos, labelId) {
  const id = actions.store.realId(labelId);
  const before = todos.map((todo) => ({ todo, labels: idsNow(actions, todo) }));
  const isOff = before.every(({ labels }) => labels.includes(id));
  const after = before.map(({ todo, labels }) => {
    const others = labels.filter((other) => other !== id);
    return { todo, labels: isOff ? others : [...others, id].sort() };
  });
  send(actions, after);
  const about = todos.length === 1 ? todos[0].title : '';
  actions.undos.push('changed', about, () => send(actions, before));
}

/**
 * Put a todo from the group of a label into that of another one.
 * @param {Actions} actions
 * @param {Todo} todo
 * @param {string} from the id of a label, or `none`
 * @param {string} to
 */
export function exchangeOwnLabel(actions, todo, from, to) {
  const labels = idsNow(actions, todo);
  const others = labels.filter((id) => id !== from && id !== to);
  send(actions, [{ todo, labels: to === 'none' ? others : [...others, to].sort() }]);
  actions.undos.push('changed', todo.title, () => send(actions, [{ todo, labels }]));
}

/**
 * @param {Actions} actions
 * @param {{name: string, colour: Colour}} fields
 * @returns {string} the provisional id
 */
export function addOwnLabel(actions, fields) {
  const tempId = newTempId();
  actions.send('own-label.add', { temp_id: tempId, fields });
  return tempId;
}

/**
 * Change the name or the colour; undoing gives back those of before.
 * @param {Actions} actions
 * @param {PersonalLabelShape} label
 * @param {LabelEditBody} changes
 */
export function editOwnLabel(actions, label, changes) {
  changeLabel(
    actions.undos,
    label,
    changes,
    (wanted) => actions.send('own-label.edit', { label_id: label.id, changes: wanted }),
  );
}

/**
 * Delete a label, from all todos too. Undoing makes another one of that name on the same todos.
 * @param {Actions} actions
 * @param {PersonalLabelShape} label
 */
export function deleteOwnLabel(actions, { id, name, colour }) {
  const todos = Object.entries(actions.state.labelled).filter(([, ids]) => ids.includes(id))
    .flatMap(([todoId]) => actions.find(todoId) ?? []);
  actions.send('own-label.delete', { label_id: id });
  actions.undos.push('deleted', name, () => {
    const again = addOwnLabel(actions, { name, colour });
    const labelled = todos.map((todo) => ({ todo, labels: [...idsNow(actions, todo), again] }));
    send(actions, labelled);
  });
}
