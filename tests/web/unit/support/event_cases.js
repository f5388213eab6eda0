// One case for every event of the contract. tests/web/test_contract.py validates their data.

import { PLAIN } from '../../../../web/sync/requests.js';
import * as build from './builders.js';
import {
  ACCOUNT,
  ATTACHMENT,
  BEN,
  COMMENT,
  FOLDER,
  INVITATION,
  LABEL,
  LATER_NOTIFICATION,
  LIST,
  LIST_SNAPSHOT,
  NEW_TODO,
  NOTIFICATION,
  NOW,
  OWN_LABEL,
  REMINDER,
  TODO,
} from './sample.js';

/**
 * @import {
 *   DataExportShape, EventData, EventName, ImportShape, ListView,
 * } from '../../../../web/types/contract.d.ts'
 */

const OTHER_LIST = build.myList({
  id: build.idOf(14),
  name: 'Cabin',
  role: 'editor',
  open_count: 7,
  stream: { list_id: build.idOf(14), epoch: 'e1', seq: 5 },
});
const MEMBER = build.member({ role: 'viewer' });
const [OWNER] = LIST_SNAPSHOT.members;
const NEW_ID = '01'.repeat(13);
/** @type {ImportShape} */
const FILE_IMPORT = {
  id: NEW_ID,
  file_name: 'todo.txt',
  kind: 'todo_txt',
  state: 'ready',
  list_id: null,
  size_bytes: 5,
  todos_total: 1,
  todos_done: 0,
  todos_created: 0,
  todos_skipped: 0,
  todos_failed: 0,
  files_total: 0,
  files_done: 0,
  error: '',
  created_at: '2026-11-21T12:00:00.000000Z',
  finished_at: null,
  expires_at: '2026-11-29T12:00:00.000000Z',
};
/** @type {DataExportShape} */
const DATA_EXPORT = {
  id: NEW_ID,
  state: 'running',
  rows_done: 5,
  rows_total: 10,
  size_bytes: 1000,
  created_at: '2026-11-21T12:00:00.000000Z',
  finished_at: null,
  expires_at: '2026-11-29T12:00:00.000000Z',
};
/** @type {ListView} */
const VIEW = { ...PLAIN, sort: 'due' };
const PLACED = { rank: 'X', favourite: true, folder_id: FOLDER.id };
const CONTENT = `contents.${LIST.id}`;
const SHOWN_TODO = `${CONTENT}.todos.${TODO.id}`;
const FILES = `${CONTENT}.attachments.${TODO.id}.byId`;
const THREAD = `${CONTENT}.comments.${TODO.id}.byId`;

/**
 * The data of each event, and what the state holds after it, by path. Null: the path is gone.
 * @type {{[Name in EventName]: [EventData[Name], Record<string, unknown>]}}
 */
export const EVENT_CASES = {
  'list.created': [{ list: LIST }, { [`lists.${LIST.id}.name`]: 'House' }],
  'list.edited': [
    { list: { ...LIST, name: 'Flat' }, changed: ['name'] },
    { [`lists.${LIST.id}.name`]: 'Flat', [`lists.${LIST.id}.role`]: 'owner' },
  ],
  'list.deleted': [
    { list_id: LIST.id, deleted_at: NOW },
    { [`lists.${LIST.id}.deleted_at`]: NOW },
  ],
  'list.restored': [{ list: LIST }, { [`lists.${LIST.id}.deleted_at`]: null }],
  'member.added': [{ member: MEMBER }, { [`${CONTENT}.members.${BEN.id}.role`]: 'viewer' }],
  'member.edited': [
    { member: { ...OWNER, role: 'editor' } },
    {
      [`${CONTENT}.members.${ACCOUNT.id}.role`]: 'editor',
      [`lists.${LIST.id}.role`]: 'editor',
    },
  ],
  'member.removed': [
    { user_id: BEN.id, reason: 'removed' },
    { [`${CONTENT}.members.${BEN.id}`]: null, [`${SHOWN_TODO}.assignees`]: [] },
  ],
  'label.created': [
    { label: { ...LABEL, id: NEW_ID, name: 'buy' } },
    { [`${CONTENT}.labels.${NEW_ID}.name`]: 'buy' },
  ],
  'label.edited': [
    { label: { ...LABEL, name: 'ring' } },
    { [`${CONTENT}.labels.${LABEL.id}.name`]: 'ring' },
  ],
  'label.deleted': [
    { label_id: LABEL.id },
    { [`${CONTENT}.labels.${LABEL.id}`]: null, [`${SHOWN_TODO}.labels`]: [] },
  ],
  'todo.created': [
    { todo: NEW_TODO },
    {
      [`${CONTENT}.todos.${NEW_TODO.id}.title`]: 'Find boxes',
      [`lists.${LIST.id}.open_count`]: 2,
    },
  ],
  'todo.edited': [
    {
      todo: { ...TODO, title: 'Call', status: 'completed', completed_at: NOW },
      changed: ['title', 'status'],
      overwrote: null,
      ended: null,
    },
    { [`${SHOWN_TODO}.title`]: 'Call', [`lists.${LIST.id}.open_count`]: 0 },
  ],
  'todo.deleted': [
    { todo_id: TODO.id, deleted_at: NOW },
    { [SHOWN_TODO]: null, [`lists.${LIST.id}.open_count`]: 0 },
  ],
  'todo.restored': [{ todo: NEW_TODO }, { [`lists.${LIST.id}.open_count`]: 2 }],
  'todo.purged': [{ todo_id: TODO.id }, { [SHOWN_TODO]: null }],
  'todo.moved_out': [{ todo_id: TODO.id }, { [SHOWN_TODO]: null }],
  'todo.moved_in': [
    { todo: NEW_TODO },
    { [`${CONTENT}.todos.${NEW_TODO.id}.title`]: 'Find boxes' },
  ],
  'comment.added': [
    { comment: { ...COMMENT, id: NEW_ID }, comment_count: 2 },
    { [`${THREAD}.${NEW_ID}.body`]: 'Done?', [`${SHOWN_TODO}.comment_count`]: 2 },
  ],
  'comment.edited': [
    { comment: { ...COMMENT, body: 'Done!' } },
    { [`${THREAD}.${COMMENT.id}.body`]: 'Done!' },
  ],
  'comment.reacted': [
    {
      comment_id: COMMENT.id,
      todo_id: TODO.id,
      reactions: [{ emoji: '👍', user_ids: [ACCOUNT.id] }],
    },
    { [`${THREAD}.${COMMENT.id}.reactions.0.user_ids`]: [ACCOUNT.id] },
  ],
  'comment.deleted': [
    { comment_id: COMMENT.id, todo_id: TODO.id, comment_count: 0 },
    { [`${THREAD}.${COMMENT.id}`]: null, [`${SHOWN_TODO}.comment_count`]: 0 },
  ],
  'attachment.added': [
    { attachment: { ...ATTACHMENT, id: NEW_ID }, attachment_count: 2 },
    { [`${FILES}.${NEW_ID}.name`]: 'Plan.png', [`${SHOWN_TODO}.attachment_count`]: 2 },
  ],
  'attachment.edited': [
    { attachment: { ...ATTACHMENT, has_thumbnail: true } },
    { [`${FILES}.${ATTACHMENT.id}.has_thumbnail`]: true },
  ],
  'attachment.removed': [
    { attachment_id: ATTACHMENT.id, todo_id: TODO.id, attachment_count: 0 },
    { [`${FILES}.${ATTACHMENT.id}`]: null, [`${SHOWN_TODO}.attachment_count`]: 0 },
  ],
  'account.edited': [{ account: { ...ACCOUNT, name: 'Ana R.' } }, { 'account.name': 'Ana R.' }],
  'account.disabled': [{}, {}],
  'session.revoked': [{ session_ids: [NEW_ID] }, {}],
  'api_token.created': [{ token_id: NEW_ID }, {}],
  'api_token.renamed': [{ token_id: NEW_ID }, {}],
  'api_token.revoked': [{ token_ids: [NEW_ID] }, {}],
  'credentials.changed': [{}, {}],
  'data_export.changed': [{ export: DATA_EXPORT }, {}],
  'import.changed': [{ file_import: FILE_IMPORT }, {}],
  'list.added': [
    { list: OTHER_LIST },
    { [`lists.${OTHER_LIST.id}.open_count`]: 7, [`streams.${OTHER_LIST.id}.seq`]: 5 },
  ],
  'list.placed': [
    { lists: [{ list_id: LIST.id, placement: PLACED }, { list_id: NEW_ID, placement: PLACED }] },
    { [`lists.${LIST.id}.placement`]: PLACED, [`lists.${NEW_ID}`]: null },
  ],
  'list.view_set': [
    { list_id: LIST.id, view: VIEW },
    { [`lists.${LIST.id}.view`]: VIEW },
  ],
  'folder.set': [
    { folder: { ...FOLDER, id: NEW_ID } },
    { [`folders.${NEW_ID}.name`]: 'Home' },
  ],
  'folder.removed': [
    { folder_id: FOLDER.id },
    { [`folders.${FOLDER.id}`]: null, [`lists.${LIST.id}.placement.folder_id`]: null },
  ],
  'personal_label.set': [
    { label: { ...OWN_LABEL, name: 'later' } },
    { [`personalLabels.${OWN_LABEL.id}.name`]: 'later' },
  ],
  'personal_label.removed': [
    { label_id: OWN_LABEL.id },
    { [`personalLabels.${OWN_LABEL.id}`]: null, [`labelled.${TODO.id}`]: null },
  ],
  'labelled_todos.set': [
    {
      todos: [
        { todo_id: TODO.id, personal_labels: [] },
        { todo_id: NEW_ID, personal_labels: [OWN_LABEL.id] },
      ],
    },
    { [`labelled.${TODO.id}`]: null, [`labelled.${NEW_ID}.0`]: OWN_LABEL.id },
  ],
  'list.removed': [
    { list_id: LIST.id, reason: 'removed' },
    {
      [`lists.${LIST.id}`]: null,
      [CONTENT]: null,
      [`streams.${LIST.id}`]: null,
      [`leftLists.${LIST.id}`]: { name: 'House', reason: 'removed' },
    },
  ],
  'invitation.received': [
    { invitation: { ...INVITATION, id: NEW_ID } },
    { [`invitations.${NEW_ID}.list_name`]: 'Cabin' },
  ],
  'invitation.closed': [
    { invitation_id: INVITATION.id, reason: 'accepted' },
    { [`invitations.${INVITATION.id}`]: null },
  ],
  'reminder.set': [
    { reminder: { ...REMINDER, id: NEW_ID } },
    { [`reminders.${NEW_ID}.state`]: 'scheduled' },
  ],
  'reminder.tested': [
    { test: { id: NEW_ID, state: 'sent', detail: '', at: NOW } },
    { [`reminders.${REMINDER.id}.state`]: 'scheduled' },
  ],
  'reminder.removed': [{ reminder_id: REMINDER.id }, { [`reminders.${REMINDER.id}`]: null }],
  'reminder.sent': [
    { reminder: { ...REMINDER, state: 'sent' } },
    { [`reminders.${REMINDER.id}.state`]: 'sent' },
  ],
  'reminder.failed': [
    { reminder: { ...REMINDER, state: 'failed' } },
    { [`reminders.${REMINDER.id}.state`]: 'failed' },
  ],
  'reminder.missed': [
    { reminder: { ...REMINDER, state: 'missed' } },
    { [`reminders.${REMINDER.id}.state`]: 'missed' },
  ],
  'notification.added': [
    { notification: { ...NOTIFICATION, id: NEW_ID } },
    { [`notifications.byId.${NEW_ID}.kind`]: 'assigned', 'notifications.unread': 4 },
  ],
  'notification.read': [
    { notification_ids: [], through: NOTIFICATION.id, read_at: NOW, unread_count: 1 },
    {
      [`notifications.byId.${NOTIFICATION.id}.read_at`]: NOW,
      [`notifications.byId.${LATER_NOTIFICATION.id}.read_at`]: null,
      'notifications.unread': 1,
    },
  ],
  'notification.removed': [
    { notification_ids: [NOTIFICATION.id], unread_count: 2 },
    { [`notifications.byId.${NOTIFICATION.id}`]: null, 'notifications.unread': 2 },
  ],
  'preferences.edited': [
    {
      preferences: {
        channels: { commented: { in_app: true, mail: true, push: true } },
        digest: true,
        digest_hour: 7,
      },
    },
    { 'preferences.channels.commented.mail': true },
  ],
};
