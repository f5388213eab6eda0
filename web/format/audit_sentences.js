// Entries of the security log in plain words. Pure.

import { deviceText } from './device_name.js';
import { message, t, tn } from '../languages/translate.js';
import { own } from '../own.js';
import { roleName } from '../languages/role_names.js';

/**
 * @import { AuditEntryShape } from '../types/contract.d.ts'
 * @typedef {Record<string, string>} Facts
 * @typedef {(facts: Facts, list: string) => string} Sentence
 */

/** How a session began, in the middle of a sentence. */
/** @type {Record<string, string>} */
export const METHODS = {
  password: message('with your password'),
  password_and_code: message('with your password and a code'),
  password_and_recovery_code: message('with your password and a recovery code'),
  password_and_passkey: message('with your password and a passkey'),
  passkey: message('with a passkey'),
  provider: message('through another site'),
  email_link: message('with the link in a mail'),
};

/** @type {Record<string, string>} */
const FAILURES = {
  bad_credentials: message('Somebody tried to sign in to your account with a wrong password.'),
  wrong_code: message('Somebody with your password gave a wrong code to sign in.'),
  unverified: message('A sign-in was refused, because your address was not confirmed.'),
  challenge_required: message(
    'A sign-in with your password was refused, as it had no second step.',
  ),
  disabled: message('A sign-in was refused, because your account is disabled.'),
};

/** What happened to the reader's own account, by action. */
/** @type {Record<string, Sentence>} */
const ABOUT_YOU = {
  'account.created': () => t('Your account was made by the operator of this site.'),
  'account.deleted': () => t('Your account was deleted.'),
  'account.deletion_requested': () => t('You asked to delete your account.'),
  'account.deletion_stopped': () => t('An administrator stopped the deletion of your account.'),
  'account.disabled': () => t('An administrator disabled your account.'),
  'account.enabled': () => t('An administrator enabled your account again.'),
  'account.invited': () => t('An administrator made your account and invited you.'),
  'account.kept': () => t('You decided to keep your account.'),
  'account.last_admin_kept': ({ provider }) =>
    t('Your role for {provider} would have changed. You stay the last administrator.', {
      provider,
    }),
  'account.link_wanted': () => t('Another link to confirm your address was asked for.'),
  'account.notified': () => t('An administrator sent you a message by mail.'),
  'account.registered': () => t('Your account was registered.'),
  'account.registered_again': () => t('Somebody tried to register your address once more.'),
  'account.renamed': ({ before, after }) =>
    t('Your name was changed from “{before}” to “{after}”.', { before, after }),
  'account.role_changed': ({ before, after }) =>
    t('Your role on this site was changed from {before} to {after}.', {
      before: roleName(before),
      after: roleName(after),
    }),
  'account.role_mapped': ({ provider, after }) =>
    t('Your role on this site is {after} now, as your groups at {provider} say.', {
      after: roleName(after),
      provider,
    }),
  'account.verified': () => t('You confirmed your address.'),
  'api_token.created': ({ name }) => t('You created the API token “{name}”.', { name }),
  'api_token.renamed': ({ before, after }) =>
    t('You renamed the API token “{before}” to “{after}”.', { before, after }),
  'api_token.revoked': ({ name }) =>
    named(
      name,
      message('You revoked the API token “{name}”.'),
      message('You revoked an API token.'),
    ),
  'application.connected': ({ name }) =>
    named(
      name,
      message('You connected the application “{name}”.'),
      message('You connected an application.'),
    ),
  'application.disconnected': ({ name }) =>
    named(
      name,
      message('You disconnected the application “{name}”.'),
      message('You disconnected an application.'),
    ),
  'application.ended': ({ name }) =>
    named(
      name,
      message('The application “{name}” disconnected itself.'),
      message('An application disconnected itself.'),
    ),
  'application.token_replayed': ({ name }) =>
    named(
      name,
      message('The application “{name}” was disconnected: a token of it was used twice.'),
      message('An application was disconnected: a token of it was used twice.'),
    ),
  'calendar_feed.created': ({ name }) => t('You made the calendar feed “{name}”.', { name }),
  'calendar_feed.rotated': ({ name }) =>
    t('You gave the calendar feed “{name}” a new address.', { name }),
  'calendar_feed.revoked': ({ name }) => t('You revoked the calendar feed “{name}”.', { name }),
  'email_address.created': ({ name }) =>
    t('You made a mail address for the list “{name}”.', { name }),
  'email_address.renewed': ({ name }) =>
    t('You made a new mail address for the list “{name}”.', { name }),
  'email_address.revoked': ({ name }) =>
    t('You revoked the mail address of the list “{name}”.', { name }),
  'data_export.downloaded': () => t('The export of your data was downloaded.'),
  'data_export.requested': () => t('An export of your data was asked for.'),
  'email.change_wanted': ({ new_email: address }) =>
    t('A change of your address to {address} was asked for.', { address }),
  'email.changed': ({ old_email: before, new_email: after }) =>
    t('Your address was changed from {before} to {after}.', { before, after }),
  'email.refused': () =>
    t('Mail to your address bounced. We send you no more until you try again.'),
  'email.tried_again': () => t('You asked us to send mail to your address again.'),
  'guest.joined': (_, list) => t('A guest opened {list} by a link.', { list }),
  'guest.left': (_, list) => t('A guest left {list}.', { list }),
  'guest.removed': (_, list) => t('You removed a guest from {list}.', { list }),
  'identity.linked': ({ provider }) => t('You linked your sign-in at {provider}.', { provider }),
  'identity.unlinked': ({ provider }) =>
    t('You unlinked your sign-in at {provider}.', { provider }),
  'invitation.accepted': (_, list) => t('You joined {list} by an invitation.', { list }),
  'invitation.accepted_elsewhere': (_, list) =>
    t('Somebody joined {list} by your invitation, with another address than you invited.', {
      list,
    }),
  'jobs.discarded': ({ count }) => t('You discarded jobs of this site: {count}.', { count }),
  'jobs.retried': ({ count }) => t('You ran jobs of this site again: {count}.', { count }),
  'member.account_deleted': (_, list) =>
    t('You left {list}, because your account was deleted.', { list }),
  'member.invited': (_, list) => t('You were invited to {list}.', { list }),
  'member.left': (_, list) => t('You left {list}.', { list }),
  'member.removed': (_, list) => t('You were removed from {list}.', { list }),
  'member.restored': (_, list) => t('Your removal from {list} was undone.', { list }),
  'member.role_changed': ({ before, after }, list) =>
    t('Your role in {list} was changed from {before} to {after}.', {
      list,
      before: roleName(before),
      after: roleName(after),
    }),
  'passkey.added': ({ name }) =>
    named(name, message('You added the passkey “{name}”.'), message('You added a passkey.')),
  'passkey.counter_went_back': () =>
    t('A passkey of yours was refused: its counter went back, as if it had been copied.'),
  'passkey.removed': ({ name }) =>
    named(name, message('You removed the passkey “{name}”.'), message('You removed a passkey.')),
  'passkey.renamed': ({ name }) =>
    named(name, message('You renamed a passkey to “{name}”.'), message('You renamed a passkey.')),
  'password.changed': () => t('You changed your password.'),
  'password.reset': () => t('Your password was reset with the link in a mail.'),
  'password.reset_wanted': () => t('A link to reset your password was asked for.'),
  'password.wrong': () => t('A wrong password was given to confirm a change.'),
  'recovery_code.used': ({ left }) => t('A recovery code was used. Codes left: {left}.', { left }),
  'recovery_codes.renewed': () => t('You made new recovery codes.'),
  'second_factor.guessed': () =>
    t('Somebody with your password, or on a device of yours, tried several wrong codes.'),
  'second_factors.reset': () => t('The operator of this site removed your second factors.'),
  'session.ended_by_provider': ({ provider }) =>
    t('You signed out at {provider}, and so on your devices here.', { provider }),
  'session.new_device': ({ device }) =>
    t('{device} was used to sign in for the first time.', { device: deviceText(device ?? '') }),
  'session.opened': ({ method, device }) =>
    signedIn(t(own(METHODS, method ?? '') ?? ''), device && deviceText(device)),
  'session.others_revoked': ({ sessions }) =>
    tn(
      Number(sessions),
      'You signed out your one other device.',
      'You signed out your {count} other devices.',
    ),
  'session.revoked': ({ device }) =>
    device
      ? t('You signed out a device ({device}).', { device: deviceText(device) })
      : t('You signed out a device.'),
  'session.signed_out': () => t('You signed out.'),
  'session.stepped_up': () => t('You confirmed that it is you, to change something.'),
  'session.token_replayed': () =>
    t('A sign-in of yours was used twice, as if somebody had copied it. We ended it.'),
  'share_link.changed': (_, list) => t('You changed a share link of {list}.', { list }),
  'share_link.created': ({ role }, list) =>
    t('You made a share link of {list}, as {role}.', { list, role: roleName(role) }),
  'share_link.revoked': (_, list) => t('A share link of {list} was ended.', { list }),
  'sign_in.failed': ({ reason }) =>
    t(own(FAILURES, reason ?? '') ?? message('A sign-in was refused.')),
  'step_up.failed': () => t('Somebody failed to confirm that they are you.'),
  'totp.added': () => t('You set up an authenticator app as a second factor.'),
  'totp.replaced': () => t('You replaced your authenticator app by another one.'),
  'totp.removed': () => t('You removed your authenticator app as a second factor.'),
  'webhook.changed': ({ host }) => t('You changed the webhook to {host}.', { host }),
  'webhook.created': ({ host }) => t('You made a webhook to {host}.', { host }),
  'webhook.deleted': ({ host }) => t('You deleted the webhook to {host}.', { host }),
  'webhook.disabled': ({ host }) => t('You disabled the webhook to {host}.', { host }),
  'webhook.enabled': ({ host }) => t('You enabled the webhook to {host}.', { host }),
  'webhook.gave_up': ({ name, host }) =>
    t('The webhook “{name}” to {host} was disabled, because its receiver failed.', { name, host }),
  'webhook.secret_replaced': ({ host }) =>
    t('You replaced the secret of the webhook to {host}.', { host }),
};

/** What the reader did to others. Without an entry, the sentence above is used. */
/** @type {Record<string, Sentence>} */
const BY_YOU = {
  'account.deletion_stopped': () => t('You stopped the deletion of an account.'),
  'account.disabled': () => t('You disabled an account.'),
  'account.enabled': () => t('You enabled an account again.'),
  'account.invited': () => t('You invited a user to this site.'),
  'account.notified': () => t('You sent a message to a user.'),
  'account.renamed': ({ before, after }) =>
    t('You renamed a user from “{before}” to “{after}”.', { before, after }),
  'account.role_changed': ({ before, after }) =>
    t('You changed the role of a user on this site from {before} to {after}.', {
      before: roleName(before),
      after: roleName(after),
    }),
  'member.invited': (_, list) => t('You invited somebody to {list}.', { list }),
  'member.removed': (_, list) => t('You removed a member from {list}.', { list }),
  'member.restored': (_, list) => t('You took a member into {list} again.', { list }),
  'member.role_changed': ({ before, after }, list) =>
    t('You changed the role of a member in {list} from {before} to {after}.', {
      list,
      before: roleName(before),
      after: roleName(after),
    }),
};

/** The actions that have a sentence. */
export const ACTIONS = Object.keys(ABOUT_YOU);

/**
 * Return one sentence that says what happened. An action of a newer server is named as it is.
 * @param {AuditEntryShape} entry
 * @param {string} userId of the reader
 * @param {string | undefined} listName of the entry's list, if the reader knows it
 * @param {boolean} isInbox the list is, so that its name among the facts is the English one
 */
export function auditSentence(
  { action, user_id: about, facts },
  userId,
  listName,
  isInbox = false,
) {
  const isAboutYou = about === userId;
  const sentence = (isAboutYou ? null : own(BY_YOU, action)) ?? own(ABOUT_YOU, action);
  if (!sentence) return `${action.replaceAll(/[._]/g, ' ')}.`;
  return sentence(
    /** @type {Facts} */ (isInbox ? { ...facts, name: listName } : facts),
    listName ? t('“{text}”', { text: listName }) : t('a list without a known name'),
  );
}

/**
 * @param {string | undefined} name
 * @param {string} text with the name
 * @param {string} without the sentence for an entry that has no name
 */
const named = (name, text, without) => name ? t(text, { name }) : t(without);

/**
 * @param {string} method
 * @param {string | undefined} device
 */
function signedIn(method, device) {
  if (method && device) return t('You signed in {method} ({device}).', { method, device });
  if (method) return t('You signed in {method}.', { method });
  return device ? t('You signed in ({device}).', { device }) : t('You signed in.');
}
