// The actions of the audit and their facts, in words for administrators. Pure.

import { message, t } from '../../../languages/translate.js';
import { own } from '../../../own.js';
import { roleName } from '../../../languages/role_names.js';

/** @type {Record<string, string>} */
const ACTIONS = {
  'account.created': message('Account made'),
  'account.deleted': message('Account deleted'),
  'account.deletion_requested': message('Deletion of the account requested'),
  'account.deletion_stopped': message('Deletion of the account stopped'),
  'account.disabled': message('Account disabled'),
  'account.enabled': message('Account enabled'),
  'account.invited': message('User invited'),
  'account.kept': message('Account kept'),
  'account.last_admin_kept': message('Last administrator kept'),
  'account.link_wanted': message('Another link to confirm the address requested'),
  'account.notified': message('Message sent to the user'),
  'account.registered': message('Account registered'),
  'account.registered_again': message('Address registered once more'),
  'account.renamed': message('User renamed'),
  'account.role_changed': message('Role on the site changed'),
  'account.role_mapped': message('Role on the site set by a provider'),
  'account.verified': message('Address confirmed'),
  'api_token.created': message('API token created'),
  'api_token.renamed': message('API token renamed'),
  'api_token.revoked': message('API token revoked'),
  'application.connected': message('Application connected'),
  'application.disconnected': message('Application disconnected'),
  'application.ended': message('Application disconnected itself'),
  'application.token_replayed': message('Token of an application used twice'),
  'calendar_feed.created': message('Calendar feed made'),
  'calendar_feed.revoked': message('Calendar feed revoked'),
  'calendar_feed.rotated': message('Calendar feed given a new address'),
  'data_export.downloaded': message('Export of the data downloaded'),
  'data_export.requested': message('Export of the data requested'),
  'email.change_wanted': message('Change of the address requested'),
  'email.changed': message('Address changed'),
  'email.refused': message('Mail bounced for good'),
  'email.tried_again': message('Mail wanted again'),
  'email_address.created': message('Mail address of a list made'),
  'email_address.renewed': message('Mail address of a list replaced'),
  'email_address.revoked': message('Mail address of a list revoked'),
  'guest.joined': message('Guest joined'),
  'guest.left': message('Guest left'),
  'guest.removed': message('Guest removed'),
  'identity.linked': message('Sign-in linked'),
  'identity.unlinked': message('Sign-in unlinked'),
  'invitation.accepted': message('Invitation accepted'),
  'invitation.accepted_elsewhere': message('Invitation accepted with another address'),
  'jobs.discarded': message('Jobs discarded'),
  'jobs.retried': message('Jobs run again'),
  'member.account_deleted': message('Member left with the account'),
  'member.invited': message('Member invited'),
  'member.left': message('Member left'),
  'member.removed': message('Member removed'),
  'member.restored': message('Removal of a member undone'),
  'member.role_changed': message('Role of a member changed'),
  'passkey.added': message('Passkey added'),
  'passkey.counter_went_back': message('Passkey refused, perhaps a copy'),
  'passkey.removed': message('Passkey removed'),
  'passkey.renamed': message('Passkey renamed'),
  'password.changed': message('Password changed'),
  'password.reset': message('Password reset'),
  'password.reset_wanted': message('Link to reset the password requested'),
  'password.wrong': message('Wrong password to confirm a change'),
  'recovery_code.used': message('Recovery code used'),
  'recovery_codes.renewed': message('Recovery codes replaced'),
  'second_factor.guessed': message('Several wrong codes tried'),
  'second_factors.reset': message('Second factors removed by the operator'),
  'session.ended_by_provider': message('Signed out by the provider'),
  'session.new_device': message('Signed in on a new device'),
  'session.opened': message('Signed in'),
  'session.others_revoked': message('Other devices signed out'),
  'session.revoked': message('Device signed out'),
  'session.signed_out': message('Signed out'),
  'session.stepped_up': message('Identity confirmed before a change'),
  'session.token_replayed': message('Sign-in used twice, and ended'),
  'share_link.changed': message('Share link changed'),
  'share_link.created': message('Share link made'),
  'share_link.revoked': message('Share link ended'),
  'sign_in.failed': message('Sign-in refused'),
  'step_up.failed': message('Identity not confirmed'),
  'totp.added': message('Authenticator app set up'),
  'totp.removed': message('Authenticator app removed'),
  'totp.replaced': message('Authenticator app replaced'),
  'webhook.changed': message('Webhook changed'),
  'webhook.created': message('Webhook made'),
  'webhook.deleted': message('Webhook deleted'),
  'webhook.disabled': message('Webhook disabled'),
  'webhook.enabled': message('Webhook enabled'),
  'webhook.gave_up': message('Webhook disabled by the server'),
  'webhook.secret_replaced': message('Secret of a webhook replaced'),
};

/**
 * Names of facts. Others, such as ids, are named as the API names them.
 * @type {Record<string, string>}
 */
const FACTS = {
  after: message('after'),
  answer: message('answer'),
  before: message('before'),
  changed: message('changed'),
  count: message('number'),
  device: message('device'),
  guest: message('guest'),
  host: message('host'),
  kind: message('kind'),
  left: message('left'),
  method: message('method'),
  name: message('name'),
  new_email: message('new address'),
  old_email: message('old address'),
  provider: message('provider'),
  reason: message('reason'),
  role: message('role'),
  sessions: message('devices'),
  site_role: message('role on the site'),
};
const ROLE_FACTS = ['after', 'before', 'role', 'site_role'];

/**
 * Return what an action is called; an action of a newer server by its name.
 * @param {string} action
 */
export const actionName = (action) => t(own(ACTIONS, action) ?? '') || action;

/**
 * Return a fact of an entry, such as `before: Viewer`.
 * @param {string} name
 * @param {unknown} value
 */
export function factText(name, value) {
  const known = own(FACTS, name);
  return `${known ? t(known) : name}: ${valueText(name, String(value))}`;
}

/**
 * @param {string} name
 * @param {string} value
 */
function valueText(name, value) {
  if (ROLE_FACTS.includes(name)) return roleName(value);
  return value;
}
