// The builder of pending mutations in unit tests.

import { LIST, NOW, TODO } from './sample.js';

/** @import { MutationFields, MutationKind, MutationOf } from '../../../../web/types/client.d.ts' */

/**
 * Return a mutation of the sample todo. Pass the fields that its kind needs beside the todo's.
 * @template {MutationKind} Kind
 * @param {Kind} kind
 * @param {Partial<MutationFields[Kind]>} [fields]
 * @returns {MutationOf<Kind>}
 */
export function mutation(kind, fields = {}) {
  const values = { key: `k-${kind}`, kind, at: NOW, list_id: LIST.id, todo_id: TODO.id, ...fields };
  // The compiler does not relate a generic kind to its fields.
  return /** @type {MutationOf<Kind>} */ (/** @type {unknown} */ (values));
}

/** @type {MutationOf<'todo.add'>} */
export const ADD = mutation('todo.add', { temp_id: 'new:1', fields: { title: 'Find boxes' } });
