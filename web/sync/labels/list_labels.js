// What pending mutations of a list's labels show until they are confirmed.

import { own } from '../../own.js';
import { putLabel } from '../list_events.js';
import { putContent } from '../state.js';
import { createdId } from '../todo_effects.js';

/**
 * @import { MutationEffect } from '../../types/client.d.ts'
 */

/** @type {MutationEffect<'label.add'>} */
export function addLabel(state, mutation) {
  const content = state.contents[mutation.list_id];
  if (!content) return state;
  const id = createdId(mutation);
  const label = { id, list_id: mutation.list_id, ...mutation.fields };
  return putContent(state, mutation.list_id, { labels: { [id]: label, ...content.labels } });
}

/** @type {MutationEffect<'label.edit'>} */
export function editLabel(state, { list_id: listId, label_id: id, changes }) {
  const label = own(state.contents[listId]?.labels ?? {}, id);
  return label ? putLabel(state, { label: { ...label, ...changes } }, listId) : state;
}
