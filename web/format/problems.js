// Errors in plain words for the user: what happened, and what to do. Pure.

import { message, t, tn } from '../languages/translate.js';
import { Refused, Unreachable } from '../sync/api.js';
import { own } from '../own.js';

/**
 * @import { Mutation, MutationKind } from '../types/client.d.ts'
 */

/** @type {Record<string, string>} */
const BY_CODE = {
  bad_credentials: message(
    'That address and password do not match. Check both, or reset your password.',
  ),
  unverified: message(
    'Your address is not confirmed yet. Open the link in our mail, or have it sent again.',
  ),
  common_password: message('That password is easy to guess. Choose a less common one.'),
  not_found: message('It is no longer there, or no longer shared with you.'),
  step_up_required: message('You did not confirm that it is you. Nothing was changed.'),
  forbidden: message('Your role in this list does not allow that.'),
  stale: message('Somebody changed it at the same moment. Look at it again, then retry.'),
  superseded: message('Somebody was there first, and it has moved on to its next date.'),
  unknown_change: message('Another version of this page made it, and this one cannot send it.'),
  last_owner: message('A list needs an owner. Make somebody else owner first.'),
};

/** Codes of failures after which nothing was done, and whose sentence says what to do. */
const SAYS_IT_ALL = new Set(['rate_limited', 'provider_unavailable']);

/**
 * Return the server's refusal in an error, if it answered at all.
 * @param {unknown} error
 * @returns {Refused | null}
 */
export function refusalIn(error) {
  if (error instanceof Unreachable) return error.problem;
  return error instanceof Refused ? error : null;
}

/**
 * Return one plain sentence for an error of sync/api.js.
 * @param {unknown} error
 */
export function problemText(error) {
  const refusal = refusalIn(error);
  if (!refusal) return t('The server cannot be reached. Check your connection, then try again.');
  if (SAYS_IT_ALL.has(refusal.code)) return refusal.message;
  if (refusal.status >= 500) {
    // Unknown whether it was done: the failure may have come during or after the commit.
    return t('The server had a problem and may not have done this. Try again in a moment.');
  }
  const known = own(BY_CODE, refusal.code);
  return known ? t(known) : sentence(refusal.errors[0]?.message || refusal.message);
}

/**
 * Return the problems of a refused form: a sentence for each field.
 * @param {unknown} error
 * @returns {Record<string, string>}
 */
export function fieldProblems(error) {
  const errors = refusalIn(error)?.errors ?? [];
  return Object.fromEntries(
    errors.map(({ field, message }) => [field.split('.').pop(), sentence(message)]),
  );
}

/** What the server's validation says about a length. */
const LENGTH = /^String should have at (most|least) (\d+) characters?$/;

/**
 * @param {string} bound
 * @param {number} count
 */
const lengthText = (bound, count) =>
  bound === 'most'
    ? tn(count, 'At most {count} character.', 'At most {count} characters.')
    : tn(count, 'At least {count} character.', 'At least {count} characters.');

/** @param {string} text */
function sentence(text) {
  const length = LENGTH.exec(text);
  if (length) return lengthText(length[1], Number(length[2]));
  const cleaned = text.replace(/^Value error, /, '');
  const start = cleaned.charAt(0).toUpperCase() + cleaned.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

/**
 * What did not happen, for each kind of refused mutation.
 * @type {Record<MutationKind, string>}
 */
const ATTEMPTS = {
  'list.add': message('The list was not made'),
  'todo.add': message('The todo was not added'),
  'todo.duplicate': message('The todo was not duplicated'),
  'todo.edit': message('Your change was not kept'),
  'todo.complete': message('The todo could not be ticked'),
  'todo.delete': message('The todo was not deleted'),
  'todo.restore': message('The todo was not restored'),
  'todo.bulk': message('Your change of several todos was not kept'),
  'todo.move': message('The todo was not moved'),
  'change.undo': message('That was not undone'),
  'comment.add': message('Your comment was not sent'),
  'comment.edit': message('Your comment was not changed'),
  'comment.react': message('Your reaction was not kept'),
  'comment.delete': message('The comment was not deleted'),
  'label.add': message('The label was not made'),
  'label.edit': message('The label was not changed'),
  'label.delete': message('The label was not deleted'),
  'list.edit': message('The list was not changed'),
  'list.place': message('The list was not moved'),
  'list.view': message('The view of the list was not kept'),
  'folder.add': message('The folder was not made'),
  'folder.edit': message('The folder was not changed'),
  'folder.delete': message('The folder was not deleted'),
  'own-label.add': message('The label was not made'),
  'own-label.edit': message('The label was not changed'),
  'own-label.delete': message('The label was not deleted'),
  'todo.label': message('Your labels were not changed'),
  'reminder.add': message('The reminder was not set'),
  'reminder.delete': message('The reminder was not removed'),
  'reminder.snooze': message('The reminder was not put off'),
  'notification.read': message('The notifications were not marked as read'),
  'todo.skip': message('The todo was not skipped'),
  'todo.reopen': message('The todo was not reopened'),
};

/**
 * @param {Mutation} mutation
 * @param {unknown} error
 */
export const refusalText = (mutation, error) =>
  `${t(own(ATTEMPTS, mutation.kind) ?? message('That was not kept'))}. ${problemText(error)}`;
