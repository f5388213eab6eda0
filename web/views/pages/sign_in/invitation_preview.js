// What the mail of an invitation said, for its reader who is not signed in.

import { t } from '../../../languages/translate.js';
import { request } from '../../../sync/api.js';

/**
 * @import { InvitationPreviewShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

/** The token of the invitation whose page a visitor opened, or "". */
export const invitationToken = () => new URLSearchParams(location.hash.slice(1)).get('token') ?? '';

/**
 * Return who invites to which list, in a sentence; "" without an invitation that is open.
 * @param {string} token
 */
export async function previewText(token) {
  if (!token) return '';
  try {
    /** @type {Answer<InvitationPreviewShape>} */
    const { body } = await request('POST', '/invitations/preview', { body: { token } });
    const { invited_by: name, list_name: list } = body;
    return t('{name} invites you to the list “{list}”.', { name, list });
  } catch {
    // Accepting says what is wrong with the link; without a network nothing is lost either.
    return '';
  }
}
