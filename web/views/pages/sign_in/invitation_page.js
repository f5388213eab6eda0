// The page of the link in an invitation: shows who invites to which list, and buttons to answer.

import { problemText } from '../../../format/problems.js';
import { message, parts, t } from '../../../languages/translate.js';
import { invitationsOf } from '../../../store/queries.js';
import { h } from '../../base/dom.js';
import { View } from '../../base/view.js';
import { answerInvitation } from '../../components/answer_invitation.js';
import { previewText } from './invitation_preview.js';
import { takeToken } from './mail_link_pages.js';

/**
 * @import { InvitationShape, MyListShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @import { Child } from '../../../types/dom.d.ts'
 */

const SEEN = message('Its members will see your name and picture.');
const UNKNOWN = message('Somebody wants to share a list with you.');
const INCOMPLETE = message(
  'This link is not complete, or this page was loaded again. ' +
    'Invitations to your address also appear in the side bar.',
);

/** @extends {View<{}>} */
export class InvitationPage extends View {
  static watches = true;
  #token = takeToken();
  #problem = '';
  #busy = false;
  /** For an invitation that went to another address than that of the account. */
  #preview = '';

  connected() {
    if (this.#token && !this.#invitation) this.#load(this.#token);
  }

  render() {
    const invitation = this.#invitation;
    if (invitation) return [this.#known(invitation)];
    const lead = this.#preview ? `${this.#preview} ${t(SEEN)}` : `${t(UNKNOWN)} ${t(SEEN)}`;
    return [
      page(
        h('p', { class: 'quiet lead' }, this.#token ? lead : t(INCOMPLETE)),
        this.#token
          ? h('div', { class: 'invite-actions' }, this.#joinButton(() => this.#accept()))
          : null,
        h('p', { class: 'problem', role: 'alert', hidden: !this.#problem }, this.#problem),
      ),
    ];
  }

  /** @param {string} token */
  async #load(token) {
    this.#preview = await previewText(token);
    if (this.#preview && this.isConnected) this.draw();
  }

  /**
   * The invitation that the link is for: its token begins with the id. Without a token, the only
   * one that is open.
   */
  get #invitation() {
    const open = invitationsOf(this.state);
    if (this.#token) return open.find(({ id }) => this.#token?.startsWith(`${id}.`));
    return open.length === 1 ? open[0] : undefined;
  }

  /** @param {InvitationShape} invitation */
  #known(invitation) {
    return page(
      h(
        'p',
        { class: 'quiet lead' },
        parts(
          '{name} wants to share {list} with you. Its members will see your name and picture.',
          {
            name: h('b', null, invitation.invited_by?.name ?? t('Somebody')),
            list: h('b', null, t('“{text}”', { text: invitation.list_name })),
          },
        ),
      ),
      h(
        'div',
        { class: 'invite-actions' },
        this.#joinButton(() => this.#answer(invitation, 'accept')),
        h('button', {
          class: 'button',
          disabled: this.#busy,
          onClick: () => this.#answer(invitation, 'decline'),
        }, t('Decline')),
      ),
    );
  }

  /** @param {() => void} onClick */
  #joinButton(onClick) {
    return h(
      'button',
      { class: 'button primary', disabled: this.#busy, onClick },
      t('Join the list'),
    );
  }

  /**
   * @param {InvitationShape} invitation
   * @param {'accept' | 'decline'} verb
   */
  async #answer(invitation, verb) {
    this.#busy = true;
    this.draw();
    await answerInvitation(this.app, invitation, verb);
    this.#busy = false;
    if (verb === 'decline') this.app.router.go('/', { replace: true });
    else this.redraw();
  }

  /** Accept by the token alone: the invitation went to another address, or is not loaded yet. */
  async #accept() {
    this.#busy = true;
    this.draw();
    try {
      /** @type {Answer<MyListShape>} */
      const { body } = await this.app.session.call('POST', '/invitations/accept', {
        body: { token: this.#token },
      });
      this.app.store.addList(body);
      this.app.router.go(`/lists/${body.id}`, { replace: true });
    } catch (error) {
      this.#problem = problemText(error);
      this.#busy = false;
      this.draw();
    }
  }
}

/** @param {...Child} content */
const page = (...content) =>
  h(
    'div',
    { class: 'page narrow' },
    h('header', { class: 'page-head' }, h('h1', null, t('You are invited'))),
    content,
  );

customElements.define('ll-invitation-page', InvitationPage);
