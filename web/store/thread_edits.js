// What the user does with comments and reminders. Each change can be undone. Loaded with the
// details of a todo, where they are shown.

import { shorten } from '../format/shorten.js';
import { t } from '../languages/translate.js';
import { own } from '../own.js';
import { newTempId } from '../sync/keys.js';
import { onTodo } from './mutation_parts.js';

/**
 * @import { ReminderBody, ReminderShape, SnoozeBody } from '../types/contract.d.ts'
 * @import { Comment, Todo } from '../types/client.d.ts'
 * @import { Actions } from './actions.js'
 * @typedef {Pick<Todo, 'id' | 'list_id' | 'title'>} Subject
 */

/**
 * @param {Actions} actions
 * @param {Subject} todo
 * @param {string} body
 */
export function addComment(actions, todo, body) {
  const tempId = newTempId();
  const sent = actions.send('comment.add', { ...onTodo(todo), temp_id: tempId, body });
  actions.undos.push(t('comment on “{title}” added', titleOf(todo)), todo.title, () => {
    actions.send('comment.delete', { ...onTodo(todo), comment_id: tempId });
  }, sent);
}

/**
 * @param {Actions} actions
 * @param {Subject} todo
 * @param {Comment} comment
 * @param {string} body
 */
export function editComment(actions, todo, { id, body: before }, body) {
  const edit = { ...onTodo(todo), comment_id: id };
  const sent = actions.send('comment.edit', { ...edit, body });
  actions.undos.push(t('comment on “{title}” changed', titleOf(todo)), todo.title, () => {
    actions.send('comment.edit', { ...edit, body: before });
  }, sent);
}

/**
 * React to a comment with an emoji, or take that back.
 * @param {Actions} actions
 * @param {Subject} todo
 * @param {Comment} comment
 * @param {string} emoji
 * @param {boolean} on
 */
export function react(actions, todo, { id, reactions }, emoji, on) {
  const me = actions.state.account?.id ?? '';
  // The undo of what changes nothing would take back an earlier reaction.
  if (reactions.some((each) => each.emoji === emoji && each.user_ids.includes(me)) === on) return;
  const reaction = { ...onTodo(todo), comment_id: id, emoji };
  const sent = actions.send('comment.react', { ...reaction, on });
  actions.undos.push(t('reaction on “{title}” changed', titleOf(todo)), todo.title, () => {
    actions.send('comment.react', { ...reaction, on: !on });
  }, sent);
}

/**
 * Delete a comment. The server alone can restore it, with its time and author.
 * @param {Actions} actions
 * @param {Subject} todo
 * @param {Comment} comment
 */
export function deleteComment(actions, todo, comment) {
  const sent = actions.send('comment.delete', { ...onTodo(todo), comment_id: comment.id });
  actions.undos.push(
    t('comment on “{title}” deleted', titleOf(todo)),
    todo.title,
    () => actions.undoChange(onTodo(todo), sent.key, { comment }),
    sent,
  );
}

/**
 * @param {Actions} actions
 * @param {Subject} todo
 * @param {ReminderBody} fields
 * @param {string} firesAt the instant that the fields come to
 */
export function addReminder(actions, todo, fields, firesAt) {
  const id = sendReminder(actions, todo, fields, firesAt);
  const done = t('reminder of “{title}” set', titleOf(todo));
  actions.undos.push(done, todo.title, () => removeReminder(actions, { id, ...onTodo(todo) }));
}

/**
 * Snooze a reminder. Undoing sets it again as it was; one that had been sent does not come again.
 * @param {Actions} actions
 * @param {ReminderShape} reminder
 * @param {SnoozeBody} fields
 * @param {string} until the instant that the fields come to
 */
export function snoozeReminder(actions, reminder, fields, until) {
  const { id, todo_id, list_id } = reminder;
  const title = actions.find(todo_id)?.title ?? '';
  actions.send('reminder.snooze', { todo_id, list_id, reminder_id: id, fields, until });
  actions.undos.push(t('reminder of “{title}” snoozed', titleOf({ title })), title, () => {
    if (removeReminder(actions, reminder)) restoreReminder(actions, reminder);
  });
}

/**
 * Remove a reminder. Return whether it can be undone: a time that is past cannot be set again.
 * @param {Actions} actions
 * @param {ReminderShape} reminder
 */
export function deleteReminder(actions, reminder) {
  const title = actions.find(reminder.todo_id)?.title ?? '';
  removeReminder(actions, reminder);
  if (!isRestorable(reminder)) return false;
  const done = t('reminder of “{title}” removed', titleOf({ title }));
  actions.undos.push(done, title, () => restoreReminder(actions, reminder));
  return true;
}

/** @param {{title: string}} todo */
const titleOf = ({ title }) => ({ title: shorten(title) });

/**
 * @param {Actions} actions
 * @param {Pick<Todo, 'id' | 'list_id'>} todo
 * @param {ReminderBody} fields
 * @param {string | null} firesAt
 * @returns {string} the provisional id
 */
function sendReminder(actions, todo, fields, firesAt) {
  const tempId = newTempId();
  actions.send('reminder.add', { ...onTodo(todo), temp_id: tempId, fields, fires_at: firesAt });
  return tempId;
}

/**
 * A reminder that is set again is another one: older undo entries name the one that it replaces.
 * @type {WeakMap<Actions, Map<string, string>>} by the id under which each was known first
 */
const REPLACED = new WeakMap();

/**
 * Return the first id of the reminder that has replaced this one; its own if none has.
 * @param {Actions} actions
 * @param {string} id
 */
function newestId(actions, id) {
  const replaced = REPLACED.get(actions);
  let first = actions.store.firstId(id);
  for (let next = replaced?.get(first); next; next = replaced?.get(first)) first = next;
  return first;
}

/**
 * Return whether there was something to remove: perhaps it was removed elsewhere since, and the
 * server would refuse to remove it again.
 * @param {Actions} actions
 * @param {Pick<ReminderShape, 'id' | 'todo_id' | 'list_id'>} reminder
 */
function removeReminder(actions, { id: before, todo_id, list_id }) {
  const id = actions.store.realId(newestId(actions, before));
  if (!own(actions.state.reminders, id)) return false;
  actions.send('reminder.delete', { todo_id, list_id, reminder_id: id });
  return true;
}

/**
 * Return the time at which a reminder can be set again; null if it is past.
 * @param {ReminderShape} reminder
 */
function timeToCome({ at, fires_at: firesAt }) {
  const now = Date.now();
  return [at, firesAt].find((time) => time !== null && Date.parse(time) > now) ?? null;
}

/**
 * Return whether a reminder can be set again: its time is to come, or follows the due date.
 * @param {ReminderShape} reminder
 */
const isRestorable = (reminder) =>
  reminder.minutes_before !== null || timeToCome(reminder) !== null;

/**
 * Set a removed reminder again, with its snooze.
 * @param {Actions} actions
 * @param {ReminderShape} reminder
 */
function restoreReminder(actions, reminder) {
  const { todo_id, list_id, minutes_before: minutes, fires_at: firesAt } = reminder;
  if (!isRestorable(reminder)) return;
  const time = timeToCome(reminder);
  const fields = minutes === null ? { at: time } : { minutes_before: minutes };
  const id = sendReminder(actions, { id: todo_id, list_id }, fields, time);
  const replaced = REPLACED.get(actions) ?? new Map();
  REPLACED.set(actions, replaced.set(newestId(actions, reminder.id), id));
  if (!reminder.snoozed_until || !firesAt || Date.parse(firesAt) <= Date.now()) return;
  const snooze = { fields: { until: firesAt }, until: firesAt };
  actions.send('reminder.snooze', { todo_id, list_id, reminder_id: id, ...snooze });
}
