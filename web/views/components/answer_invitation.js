// Joins the list somebody invites me to, or declines; wherever the question was shown.

import { problemText } from '../../format/problems.js';

/** @param {'accept' | 'decline'} verb */
export async function answerInvitation(app, invitation, verb) {
  try {
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
