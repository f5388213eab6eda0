// Errors in plain words for the user: what happened, and what to do. Pure.

import { Refused, Unreachable } from '../sync/api.js';
import { own } from '../own.js';

/**
 * @import { Mutation, MutationKind } from '../types/client.d.ts'
 */

/** @type {Record<string, string>} */
const BY_CODE = {
  bad_credentials: 'That address and password do not match. Check both, or reset your password.',
  unverified:
    'Your address is not confirmed yet. Open the link in our mail, or have it sent again.',
  common_password: 'That password is easy to guess. Choose a less common one.',
  not_found: 'It is no longer there, or no longer shared with you.',
  step_up_required: 'You did not confirm that it is you. Nothing was changed.',
  forbidden: 'Your role in this list does not allow that.',
  stale: 'Somebody changed it at the same moment. Look at it again, then retry.',
  superseded: 'Somebody was there first, and it has moved on to its next date.',
  last_owner: 'A list needs an owner. Make somebody else owner first.',
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
  if (!refusal) return 'The server cannot be reached. Check your connection, then try again.';
  if (SAYS_IT_ALL.has(refusal.code)) return refusal.message;
  if (refusal.status >= 500) {
    // Unknown whether it was done: the failure may have come during or after the commit.
    return 'The server had a problem and may not have done this. Try again in a moment.';
  }
  return own(BY_CODE, refusal.code) ?? sentence(refusal.errors[0]?.message || refusal.message);
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

/** What the server's validation says about a length; of a password it counts "items". */
const LENGTH =
  /^(?:String|Value) should have at (most|least) (\d+) (?:character|item)s?(?: after .*)?$/;

/** @param {string} text */
function sentence(text) {
  const cleaned = text.replace(/^Value error, /, '').replace(LENGTH, 'At $1 $2 characters');
  const start = cleaned.charAt(0).toUpperCase() + cleaned.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

/**
 * What did not happen, for each kind of refused mutation.
 * @type {Record<MutationKind, string>}
 */
const ATTEMPTS = {
  'list.add': 'The list was not made',
  'todo.add': 'The todo was not added',
  'todo.duplicate': 'The todo was not duplicated',
  'todo.edit': 'Your change was not kept',
  'todo.complete': 'It could not be ticked',
  'todo.delete': 'It was not deleted',
  'todo.restore': 'It was not restored',
  'todo.bulk': 'Your change of several todos was not kept',
  'todo.move': 'It was not moved',
  'comment.add': 'Your comment was not sent',
  'comment.edit': 'Your comment was not changed',
  'comment.react': 'Your reaction was not kept',
  'comment.delete': 'The comment was not deleted',
  'label.add': 'The label was not made',
  'list.edit': 'The list was not changed',
  'list.place': 'The list was not moved',
  'list.view': 'The view of the list was not kept',
  'folder.add': 'The folder was not made',
  'folder.edit': 'The folder was not changed',
  'folder.delete': 'The folder was not deleted',
  'reminder.add': 'The reminder was not set',
  'reminder.delete': 'The reminder was not removed',
  'reminder.snooze': 'The reminder was not put off',
  'notification.read': 'They were not marked as read',
  'todo.skip': 'It was not skipped',
  'todo.reopen': 'It was not taken back',
};

/**
 * @param {Mutation} mutation
 * @param {unknown} error
 */
export const refusalText = (mutation, error) =>
  `${own(ATTEMPTS, mutation.kind) ?? 'That was not kept'}. ${problemText(error)}`;
