// The labels that the user keeps, and the todos that have them: the cases of the reducer, and what
// pending mutations show until they are confirmed.

import { createdId } from '../todo_effects.js';
import { withLabelled, without } from '../state.js';

/**
 * @import { LabelledTodo } from '../../types/contract.d.ts'
 * @import { EventCase, MutationEffect, State } from '../../types/client.d.ts'
 */

/** @type {EventCase<'personal_label.set'>} */
export const putOwnLabel = (state, { label }) => ({
  ...state,
  personalLabels: { ...state.personalLabels, [label.id]: label },
});

/**
 * @param {State} state
 * @param {{label_id: string}} data
 * @returns {State}
 */
export function removeOwnLabel(state, { label_id: id }) {
  const todos = Object.entries(state.labelled).filter(([, labels]) => labels.includes(id))
    .map(([todo_id, labels]) => ({
      todo_id,
      personal_labels: labels.filter((label) => label !== id),
    }));
  const personalLabels = without(state.personalLabels, id);
  return { ...state, personalLabels, labelled: withLabelled(todos, state.labelled) };
}

/**
 * @param {State} state
 * @param {{todos: LabelledTodo[]}} data
 * @returns {State}
 */
export const labelTodos = (state, { todos }) => ({
  ...state,
  labelled: withLabelled(todos, state.labelled),
});

/** @type {MutationEffect<'own-label.add'>} */
export const addOwnLabel = (state, mutation) =>
  putOwnLabel(state, { label: { id: createdId(mutation), ...mutation.fields } }, '');

/** @type {MutationEffect<'own-label.edit'>} */
export function editOwnLabel(state, { label_id: id, changes }) {
  const label = state.personalLabels[id];
  return label ? putOwnLabel(state, { label: { ...label, ...changes } }, '') : state;
}
