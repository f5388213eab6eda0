// The editable fields of a todo that has nothing in it. Generated from TodoShape and TodoFields by
// `python -m api.openapi.typescript_types`: do not edit.

/**
 * @import { EditBody, TodoShape } from '../types/contract.d.ts'
 */

/** @type {Pick<TodoShape, keyof TodoShape & keyof EditBody>} */
export const EMPTY_TODO = {
  title: '',
  description: '',
  status: 'pending',
  priority: 0,
  metadata: {},
  due: null,
  repeat: null,
  assignees: [],
  labels: [],
  parent_id: null,
};
