// Which role in a list allows which action. Generated from shared/access/policy.py by
// `python -m api.openapi.typescript_types`: do not edit.

/**
 * @import { Role } from '../types/contract.d.ts'
 * @typedef {
 *   | 'read_list'
 *   | 'edit_list'
 *   | 'delete_list'
 *   | 'restore_list'
 *   | 'read_members'
 *   | 'invite_member'
 *   | 'read_invitations'
 *   | 'withdraw_invitation'
 *   | 'change_role'
 *   | 'remove_member'
 *   | 'leave_list'
 *   | 'place_list'
 *   | 'set_view'
 *   | 'label_privately'
 *   | 'manage_links'
 *   | 'manage_webhooks'
 *   | 'create_email_address'
 *   | 'edit_labels'
 *   | 'create_todo'
 *   | 'edit_todo'
 *   | 'delete_todo'
 *   | 'purge_todo'
 *   | 'set_reminder'
 *   | 'read_comments'
 *   | 'read_activity'
 *   | 'write_comment'
 *   | 'moderate_comment'
 *   | 'attach_file'
 * } Action
 */

/** @type {Readonly<Record<Action, readonly Role[]>>} */
export const ALLOWED = {
  read_list: ['owner', 'editor', 'commenter', 'viewer'],
  edit_list: ['owner'],
  delete_list: ['owner'],
  restore_list: ['owner'],
  read_members: ['owner', 'editor', 'commenter', 'viewer'],
  invite_member: ['owner'],
  read_invitations: ['owner'],
  withdraw_invitation: ['owner'],
  change_role: ['owner'],
  remove_member: ['owner'],
  leave_list: ['owner', 'editor', 'commenter', 'viewer'],
  place_list: ['owner', 'editor', 'commenter', 'viewer'],
  set_view: ['owner', 'editor', 'commenter', 'viewer'],
  label_privately: ['owner', 'editor', 'commenter', 'viewer'],
  manage_links: ['owner'],
  manage_webhooks: ['owner'],
  create_email_address: ['owner', 'editor'],
  edit_labels: ['owner', 'editor'],
  create_todo: ['owner', 'editor'],
  edit_todo: ['owner', 'editor'],
  delete_todo: ['owner', 'editor'],
  purge_todo: ['owner'],
  set_reminder: ['owner', 'editor', 'commenter', 'viewer'],
  read_comments: ['owner', 'editor', 'commenter', 'viewer'],
  read_activity: ['owner', 'editor', 'commenter', 'viewer'],
  write_comment: ['owner', 'editor', 'commenter'],
  moderate_comment: ['owner'],
  attach_file: ['owner', 'editor'],
};

/**
 * What a guest may do, within the role of the share link.
 * @type {ReadonlySet<Action>}
 */
export const GUEST_ACTIONS = new Set([
  'read_list',
  'read_members',
  'leave_list',
  'edit_labels',
  'create_todo',
  'edit_todo',
  'delete_todo',
  'read_comments',
  'write_comment',
]);
