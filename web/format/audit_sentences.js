// Entries of the security log in plain words. Pure.

import { own } from '../own.js';

/**
 * @import { AuditEntryShape } from '../types/contract.d.ts'
 * @typedef {Record<string, string>} Facts
 * @typedef {(facts: Facts, list: string) => string} Sentence
 */

/** How a session began, in the middle of a sentence. */
/** @type {Record<string, string>} */
export const METHODS = {
  password: 'with your password',
  password_and_code: 'with your password and a code',
  password_and_recovery_code: 'with your password and a recovery code',
  password_and_passkey: 'with your password and a passkey',
  passkey: 'with a passkey',
  provider: 'through another site',
  email_link: 'with the link in a mail',
};

/** @type {Record<string, string>} */
const FAILURES = {
  bad_credentials: 'Somebody tried to sign in to your account with a wrong password.',
  wrong_code: 'Somebody with your password gave a wrong code to sign in.',
  unverified: 'A sign-in was refused, because your address was not confirmed.',
  challenge_required: 'A sign-in with your password was refused, as it had no second step.',
  disabled: 'A sign-in was refused, because your account is disabled.',
};

/** What happened to the reader's own account, by action. */
/** @type {Record<string, Sentence>} */
const ABOUT_YOU = {
  'account.created': () => 'Your account was made by the operator of this site.',
  'account.deleted': () => 'Your account was deleted.',
  'account.deletion_requested': () => 'You asked to delete your account.',
  'account.deletion_stopped': () => 'An administrator stopped the deletion of your account.',
  'account.disabled': () => 'An administrator disabled your account.',
  'account.enabled': () => 'An administrator enabled your account again.',
  'account.invited': () => 'An administrator made your account and invited you.',
  'account.kept': () => 'You decided to keep your account.',
  'account.last_admin_kept': ({ provider }) =>
    `Your role for ${provider} would have changed. You stay the last administrator.`,
  'account.link_wanted': () => 'Another link to confirm your address was asked for.',
  'account.notified': () => 'An administrator sent you a message by mail.',
  'account.registered': () => 'Your account was registered.',
  'account.registered_again': () => 'Somebody tried to register your address once more.',
  'account.renamed': ({ before, after }) => `Your name was changed from “${before}” to “${after}”.`,
  'account.role_changed': ({ before, after }) =>
    `Your role on this site was changed from ${before} to ${after}.`,
  'account.role_mapped': ({ provider, after }) =>
    `Your role on this site is ${after} now, as your groups at ${provider} say.`,
  'account.verified': () => 'You confirmed your address.',
  'api_token.created': ({ name }) => `You created the API token “${name}”.`,
  'api_token.renamed': ({ before, after }) =>
    `You renamed the API token “${before}” to “${after}”.`,
  'api_token.revoked': ({ name }) => `You revoked the API token${quoted(name)}.`,
  'application.connected': ({ name }) => `You connected the application${quoted(name)}.`,
  'application.disconnected': ({ name }) => `You disconnected the application${quoted(name)}.`,
  'application.ended': ({ name }) => `The application${quoted(name)} disconnected itself.`,
  'application.token_replayed': ({ name }) =>
    `The application${quoted(name)} was disconnected: a token of it was used twice.`,
  'calendar_feed.created': ({ name }) => `You made the calendar feed “${name}”.`,
  'calendar_feed.rotated': ({ name }) => `You gave the calendar feed “${name}” a new address.`,
  'calendar_feed.revoked': ({ name }) => `You revoked the calendar feed “${name}”.`,
  'email_address.created': ({ name }) => `You made a mail address for the list “${name}”.`,
  'email_address.renewed': ({ name }) => `You made a new mail address for the list “${name}”.`,
  'email_address.revoked': ({ name }) => `You revoked the mail address of the list “${name}”.`,
  'data_export.downloaded': () => 'The export of your data was downloaded.',
  'data_export.requested': () => 'An export of your data was asked for.',
  'email.change_wanted': ({ new_email: address }) =>
    `A change of your address to ${address} was asked for.`,
  'email.changed': ({ old_email: before, new_email: after }) =>
    `Your address was changed from ${before} to ${after}.`,
  'email.refused': () => 'Mail to your address bounced. We send you no more until you try again.',
  'email.tried_again': () => 'You asked us to send mail to your address again.',
  'guest.joined': (_, list) => `A guest opened ${list} by a link.`,
  'guest.left': (_, list) => `A guest left ${list}.`,
  'guest.removed': (_, list) => `You removed a guest from ${list}.`,
  'identity.linked': ({ provider }) => `You linked your sign-in at ${provider}.`,
  'identity.unlinked': ({ provider }) => `You unlinked your sign-in at ${provider}.`,
  'invitation.accepted': (_, list) => `You joined ${list} by an invitation.`,
  'invitation.accepted_elsewhere': (_, list) =>
    `Somebody joined ${list} by your invitation, with another address than you invited.`,
  'jobs.discarded': ({ count }) => `You discarded jobs of this site: ${count}.`,
  'jobs.retried': ({ count }) => `You ran jobs of this site again: ${count}.`,
  'member.account_deleted': (_, list) => `You left ${list}, because your account was deleted.`,
  'member.invited': (_, list) => `You were invited to ${list}.`,
  'member.left': (_, list) => `You left ${list}.`,
  'member.removed': (_, list) => `You were removed from ${list}.`,
  'member.role_changed': ({ before, after }, list) =>
    `Your role in ${list} was changed from ${before} to ${after}.`,
  'passkey.added': ({ name }) => `You added the passkey${quoted(name)}.`,
  'passkey.counter_went_back': () =>
    'A passkey of yours was refused: its counter went back, as if it had been copied.',
  'passkey.removed': ({ name }) => `You removed the passkey${quoted(name)}.`,
  'passkey.renamed': ({ name }) => `You renamed a passkey to${quoted(name)}.`,
  'password.changed': () => 'You changed your password.',
  'password.reset': () => 'Your password was reset with the link in a mail.',
  'password.reset_wanted': () => 'A link to reset your password was asked for.',
  'password.wrong': () => 'A wrong password was given to confirm a change.',
  'recovery_code.used': ({ left }) => `A recovery code was used. Codes left: ${left}.`,
  'recovery_codes.renewed': () => 'You made new recovery codes.',
  'second_factor.guessed': () =>
    'Somebody with your password, or on a device of yours, tried several wrong codes.',
  'second_factors.reset': () => 'The operator of this site removed your second factors.',
  'session.ended_by_provider': ({ provider }) =>
    `You signed out at ${provider}, and so on your devices here.`,
  'session.new_device': ({ device }) => `${device} was used to sign in for the first time.`,
  'session.opened': ({ method, device }) =>
    ['You signed in', own(METHODS, method ?? ''), device && `(${device})`]
      .filter(Boolean).join(' ') + '.',
  'session.others_revoked': ({ sessions }) =>
    sessions === '1'
      ? 'You signed out your one other device.'
      : `You signed out your ${sessions} other devices.`,
  'session.revoked': ({ device }) => `You signed out a device${device ? ` (${device})` : ''}.`,
  'session.signed_out': () => 'You signed out.',
  'session.stepped_up': () => 'You confirmed that it is you, to change something.',
  'session.token_replayed': () =>
    'A sign-in of yours was used twice, as if somebody had copied it. We ended it.',
  'share_link.changed': (_, list) => `You changed a share link of ${list}.`,
  'share_link.created': ({ role }, list) => `You made a share link of ${list}, as ${role}.`,
  'share_link.revoked': (_, list) => `A share link of ${list} was ended.`,
  'sign_in.failed': ({ reason }) => own(FAILURES, reason ?? '') ?? 'A sign-in was refused.',
  'step_up.failed': () => 'Somebody failed to confirm that they are you.',
  'totp.added': () => 'You set up an authenticator app as a second factor.',
  'totp.replaced': () => 'You replaced your authenticator app by another one.',
  'totp.removed': () => 'You removed your authenticator app as a second factor.',
  'webhook.changed': ({ host }) => `You changed the webhook to ${host}.`,
  'webhook.created': ({ host }) => `You made a webhook to ${host}.`,
  'webhook.deleted': ({ host }) => `You deleted the webhook to ${host}.`,
  'webhook.disabled': ({ host }) => `You disabled the webhook to ${host}.`,
  'webhook.enabled': ({ host }) => `You enabled the webhook to ${host}.`,
  'webhook.gave_up': ({ name, host }) =>
    `The webhook “${name}” to ${host} was disabled, because its receiver failed.`,
  'webhook.secret_replaced': ({ host }) => `You replaced the secret of the webhook to ${host}.`,
};

/** What the reader did to others. Without an entry, the sentence above is used. */
/** @type {Record<string, Sentence>} */
const BY_YOU = {
  'account.deletion_stopped': () => 'You stopped the deletion of an account.',
  'account.disabled': () => 'You disabled an account.',
  'account.enabled': () => 'You enabled an account again.',
  'account.invited': () => 'You invited a user to this site.',
  'account.notified': () => 'You sent a message to a user.',
  'account.renamed': ({ before, after }) => `You renamed a user from “${before}” to “${after}”.`,
  'account.role_changed': ({ before, after }) =>
    `You changed the role of a user on this site from ${before} to ${after}.`,
  'member.invited': (_, list) => `You invited somebody to ${list}.`,
  'member.removed': (_, list) => `You removed a member from ${list}.`,
  'member.role_changed': ({ before, after }, list) =>
    `You changed the role of a member in ${list} from ${before} to ${after}.`,
};

/** The actions that have a sentence. */
export const ACTIONS = Object.keys(ABOUT_YOU);

/**
 * Return one sentence that says what happened. An action of a newer server is named as it is.
 * @param {AuditEntryShape} entry
 * @param {string} userId of the reader
 * @param {string | undefined} listName of the entry's list, if the reader knows it
 */
export function auditSentence({ action, user_id: about, facts }, userId, listName) {
  const isAboutYou = about === userId;
  const sentence = (isAboutYou ? null : own(BY_YOU, action)) ?? own(ABOUT_YOU, action);
  if (!sentence) return `${action.replaceAll(/[._]/g, ' ')}.`;
  return sentence(/** @type {Facts} */ (facts), listName ? `“${listName}”` : 'a list');
}

/** @param {string | undefined} name */
const quoted = (name) => (name ? ` “${name}”` : '');
