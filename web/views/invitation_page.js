// Where the link in an invitation leads: says what it is, and lets the person accept.

import { h } from './dom.js';
import { View } from './view.js';
import { takeToken } from './token_pages.js';
import { problemWords } from '../words/problems.js';

class InvitationPage extends View {
  token = takeToken();
  problem = '';
  busy = false;

  render() {
    return [h('div', { class: 'page narrow' },
      h('header', { class: 'page-head' }, h('h1', null, 'You are invited')),
      this.token
        ? [h('p', { class: 'quiet lead' }, 'Somebody wants to share a list with you. Its members will see your name and picture.'),
          h('button', { class: 'button primary', disabled: this.busy, onClick: () => this.#accept() }, 'Join the list')]
        : h('p', { class: 'quiet lead' }, 'This link is not complete. Invitations to your address also appear in the side bar.'),
      h('p', { class: 'problem', role: 'alert', hidden: !this.problem }, this.problem))];
  }

  async #accept() {
    this.busy = true;
    this.draw();
    try {
      const { body } = await this.app.session.call('POST', '/invitations/accept', { body: { token: this.token } });
      this.app.store.welcome(body);
      this.app.router.go(`/lists/${body.id}`, { replace: true });
    } catch (error) {
      this.problem = problemWords(error);
      this.busy = false;
      this.draw();
    }
  }
}

customElements.define('ll-invitation-page', InvitationPage);
