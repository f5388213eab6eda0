// Answers an invitation, wherever on the page it is shown.

import { problemText } from '../../format/problems.js';
import { t } from '../../languages/translate.js';
import { h } from '../base/dom.js';

/**
 * @import { App } from '../../app.js'
 * @import { InvitationShape, MyListShape } from '../../types/contract.d.ts'
 * @import { Answer } from '../../types/client.d.ts'
 */

/**
 * @param {App} app
 * @param {Pick<InvitationShape, 'id'>} invitation
 * @param {'accept' | 'decline'} verb
 */
export async function answerInvitation(app, invitation, verb) {
  try {
    /** @type {Answer<MyListShape>} declining answers with no body */
    const { body } = await app.session.call('POST', `/invitations/${verb}`, {
      body: { invitation_id: invitation.id },
    });
    if (verb !== 'accept') return;
    app.store.addList(body);
    app.router.go(`/lists/${body.id}`);
  } catch (error) {
    app.ui.toast(problemText(error), { tone: 'warning' });
  }
}

/**
 * Return the two buttons that answer an invitation.
 * @param {(verb: 'accept' | 'decline') => void} onAnswer
 */
export function invitationButtons(onAnswer) {
  return h(
    'div',
    { class: 'invite-actions' },
    h('button', { class: 'button small primary', onClick: () => onAnswer('accept') }, t('Join')),
    h('button', { class: 'button small', onClick: () => onAnswer('decline') }, t('Decline')),
  );
}
