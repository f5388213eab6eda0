// Where the link in an invitation leads: says what it is, and lets the person accept.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { answerInvitation } from '../components/answer_invitation.js';
import { takeToken } from './token_pages.js';
import { invitationsOf } from '../../store/select.js';
import { problemText } from '../../format/problems.js';

class InvitationPage extends View {
  static watches = true;
  token = takeToken();
  problem = '';
  busy = false;

  render() {
    const known = this.#theirs(invitationsOf(this.state));
    if (known) return this.#known(known);
    return [
      h(
        'div',
        { class: 'page narrow' },
        h('header', { class: 'page-head' }, h('h1', null, 'You are invited')),
        this.token
          ? [
            h(
              'p',
              { class: 'quiet lead' },
              'Somebody wants to share a list with you. Its members will see your name and picture.',
            ),
            h(
              'div',
              { class: 'invite-actions' },
              h('button', {
                class: 'button primary',
                disabled: this.busy,
                onClick: () => this.#accept(),
              }, 'Join the list'),
            ),
          ]
          : h(
            'p',
            { class: 'quiet lead' },
            'This link is not complete, or this page was loaded again. Invitations to your address also appear in the side bar.',
          ),
        h('p', { class: 'problem', role: 'alert', hidden: !this.problem }, this.problem),
      ),
    ];
  }

  /** The one the link is for, which its token begins with; without a token, the only one there is. */
  #theirs(open) {
    if (this.token) return open.find(({ id }) => this.token.startsWith(`${id}.`));
    return open.length === 1 ? open[0] : undefined;
  }

  /** Who invites, and to what. */
  #known(invitation) {
    const answer = async (verb) => {
      this.busy = true;
      this.draw();
      await answerInvitation(this.app, invitation, verb);
      this.busy = false;
      if (verb === 'decline') this.app.router.go('/', { replace: true });
      else this.redraw();
    };
    return [
      h(
        'div',
        { class: 'page narrow' },
        h('header', { class: 'page-head' }, h('h1', null, 'You are invited')),
        h(
          'p',
          { class: 'quiet lead' },
          h('b', null, invitation.invited_by?.name ?? 'Somebody'),
          ' wants to share ',
          h('b', null, `“${invitation.list_name}”`),
          ' with you. Its members will see your name and picture.',
        ),
        h(
          'div',
          { class: 'invite-actions' },
          h('button', {
            class: 'button primary',
            disabled: this.busy,
            onClick: () => answer('accept'),
          }, 'Join the list'),
          h(
            'button',
            { class: 'button', disabled: this.busy, onClick: () => answer('decline') },
            'Decline',
          ),
        ),
      ),
    ];
  }

  async #accept() {
    this.busy = true;
    this.draw();
    try {
      const { body } = await this.app.session.call('POST', '/invitations/accept', {
        body: { token: this.token },
      });
      this.app.store.addList(body);
      this.app.router.go(`/lists/${body.id}`, { replace: true });
    } catch (error) {
      this.problem = problemText(error);
      this.busy = false;
      this.draw();
    }
  }
}

customElements.define('ll-invitation-page', InvitationPage);
