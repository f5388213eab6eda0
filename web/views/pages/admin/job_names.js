// The kinds of jobs in words. Pure.

import { message, t } from '../../../languages/translate.js';
import { own } from '../../../own.js';

/** @type {Record<string, string>} */
const NAMES = {
  send_verification: message('Mail to confirm an address'),
  send_password_reset: message('Mail to reset a password'),
  send_already_registered: message('Mail about an address that has an account'),
  send_security_notice: message('Mail about the security of an account'),
  send_invitation: message('Invitation to a list'),
  send_reminder: message('Reminder'),
  send_notifications: message('Mail of notifications'),
  send_test_reminder: message('Test of the reminders'),
  send_push: message('Push'),
  send_digest: message('Summary of the day'),
  send_admin_message: message('Message of an administrator'),
  end_share_link: message('End of a share link'),
  export_data: message('Export of an account'),
  send_export_ready: message('Mail about a finished export'),
  erase_from_events: message('Erasing a user from events'),
  preview_import: message('Preview of an import'),
  run_import: message('Import'),
  erase_events: message('Erasing events'),
  deliver_webhook: message('Delivery of a webhook'),
  receive_mail: message('Received mail'),
  make_thumbnail: message('Small picture of a file'),
  clean_up: message('Cleaning up'),
};

/**
 * Return what a kind of job is called; a kind of a newer server by its name.
 * @param {string} kind
 */
export const jobName = (kind) => t(own(NAMES, kind) ?? '') || kind;
