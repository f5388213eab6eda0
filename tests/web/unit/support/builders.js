// Builders of the entities in unit tests: one function an entity, complete by the wire types.

import { EMPTY_TODO } from '../../../../web/sync/empty_todo.js';

/**
 * @import {
 *   AccountShape, AttachmentShape, CommentShape, InvitationShape, LabelShape, ListShape,
 *   MemberShape, MyListShape,
 *   NotificationShape, ReminderShape, TodoShape, UserShape
 * } from '../../../../web/types/contract.d.ts'
 */

export const NOW = '2026-11-21T12:00:00.000000Z';

/**
 * Return an id as the server makes them: 26 characters, here the number with leading zeros.
 * @param {number} number
 */
export const idOf = (number) => String(number).padStart(26, '0');

/**
 * @param {number} number
 * @param {string} name
 * @returns {UserShape}
 */
export const user = (number, name) => ({ id: idOf(number), name, avatar_url: null });

/**
 * @param {Partial<AccountShape>} fields
 * @returns {AccountShape}
 */
export const account = (fields) => ({
  ...user(1, 'Ana Ruiz'),
  email: 'ana@example.org',
  bio: '',
  time_zone: 'Europe/Berlin',
  locale: 'en-GB',
  language: '',
  week_start: '',
  hour_cycle: '',
  site_role: 'user',
  status: 'active',
  is_verified: true,
  last_login_at: null,
  has_second_factor: false,
  mail_refused_at: null,
  mail_refusal: '',
  version: 1,
  created_at: NOW,
  updated_at: NOW,
  ...fields,
});

/**
 * @param {Partial<ListShape>} fields
 * @returns {ListShape}
 */
export const list = (fields) => ({
  id: idOf(4),
  name: 'House',
  colour: 'orange',
  icon: '',
  is_inbox: false,
  archived_at: null,
  deleted_at: null,
  version: 1,
  created_at: NOW,
  updated_at: NOW,
  ...fields,
});

/**
 * Return the list as the account of a member sees it.
 * @param {Partial<MyListShape>} fields
 * @returns {MyListShape}
 */
export const myList = (fields) => {
  const plain = list(fields);
  return {
    ...plain,
    role: 'owner',
    placement: { rank: 'V0001V', favourite: false, folder_id: null },
    view: null,
    open_count: 1,
    stream: { list_id: plain.id, epoch: 'e1', seq: 0 },
    ...fields,
  };
};

/**
 * @param {Partial<MemberShape>} fields
 * @returns {MemberShape}
 */
export const member = (fields) => ({
  user: user(2, 'Ben Okafor'),
  role: 'editor',
  joined_at: NOW,
  link_id: null,
  ...fields,
});

/**
 * @param {Partial<LabelShape>} fields
 * @returns {LabelShape}
 */
export const label = (fields) => ({
  id: idOf(5),
  list_id: idOf(4),
  name: 'call',
  colour: 'purple',
  ...fields,
});

/**
 * @param {Partial<TodoShape>} fields
 * @returns {TodoShape}
 */
export const todo = (fields) => ({
  ...EMPTY_TODO,
  id: idOf(6),
  list_id: idOf(4),
  title: 'Book the movers',
  due_at: null,
  rank: 'a0010',
  comment_count: 0,
  attachment_count: 0,
  completed_at: null,
  completed_by: null,
  deleted_at: null,
  version: 1,
  created_by: idOf(1),
  created_at: NOW,
  updated_at: NOW,
  ...fields,
});

/**
 * @param {Partial<CommentShape>} fields
 * @returns {CommentShape}
 */
export const comment = (fields) => ({
  id: idOf(8),
  todo_id: idOf(6),
  author: user(2, 'Ben Okafor'),
  body: 'Done?',
  mentions: [],
  reactions: [],
  created_at: NOW,
  edited_at: null,
  ...fields,
});

/**
 * @param {Partial<AttachmentShape>} fields
 * @returns {AttachmentShape}
 */
export const attachment = (fields) => ({
  id: idOf(30),
  todo_id: idOf(6),
  uploader: user(2, 'Ben Okafor'),
  name: 'Plan.png',
  media_type: 'image/png',
  size_bytes: 2048,
  width: null,
  height: null,
  has_thumbnail: false,
  created_at: NOW,
  ...fields,
});

/**
 * @param {Partial<InvitationShape>} fields
 * @returns {InvitationShape}
 */
export const invitation = (fields) => ({
  id: idOf(9),
  list_id: idOf(10),
  list_name: 'Cabin',
  email: 'a@example.org',
  role: 'editor',
  invited_by: user(2, 'Ben Okafor'),
  created_at: NOW,
  expires_at: NOW,
  ...fields,
});

/**
 * @param {Partial<ReminderShape>} fields
 * @returns {ReminderShape}
 */
export const reminder = (fields) => ({
  id: idOf(11),
  todo_id: idOf(6),
  list_id: idOf(4),
  at: NOW,
  minutes_before: null,
  snoozed_until: null,
  fires_at: NOW,
  state: 'scheduled',
  sent_at: null,
  detail: '',
  ...fields,
});

/**
 * @param {Partial<NotificationShape>} fields
 * @returns {NotificationShape}
 */
export const notification = (fields) => ({
  id: idOf(12),
  kind: 'assigned',
  actor: { id: idOf(2), name: 'Ben Okafor' },
  list_id: idOf(4),
  todo_id: idOf(6),
  comment_id: null,
  invitation_id: null,
  list_name: null,
  created_at: NOW,
  read_at: null,
  ...fields,
});
