// Deleting the account: what happens, in words, before the button that does it.

import { problemText } from '../../../format/problems.js';
import { message, t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { View } from '../../base/view.js';

/**
 * @import { AccountDeletionShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

/** What is said before the user confirms. */
const CONSEQUENCES = [
  message('You are signed out on all devices now, and get no more reminders and notifications.'),
  message(
    'For some days you can change your mind: sign in, and keep the account. A mail says until ' +
      'when.',
  ),
  message(
    'Then your Inbox, the lists that only you are in, and all else about you are deleted for ' +
      'good.',
  ),
  message('What you wrote in lists of others stays there, without your name.'),
  message('If others would be left in a list without an owner, make somebody an owner first.'),
];

/** @extends {View<{}>} */
export class DeleteForm extends View {
  #isOpen = false;
  #busy = false;
  #problem = '';

  render() {
    if (!this.#isOpen) {
      return [
        h('button', { class: 'button', onClick: () => this.#open() }, t('Delete your account…')),
      ];
    }
    return [
      h('h3', null, t('Delete your account')),
      h('ul', { class: 'consequences' }, CONSEQUENCES.map((text) => h('li', null, t(text)))),
      h('p', { class: 'problem', role: 'alert', hidden: !this.#problem }, this.#problem),
      h(
        'button',
        { class: 'button danger solid', disabled: this.#busy, onClick: () => this.#delete() },
        t('Delete my account'),
      ),
    ];
  }

  #open() {
    this.#isOpen = true;
    this.draw();
  }

  async #delete() {
    const { session, ui } = this.app;
    this.#busy = true;
    this.draw();
    session.expectEnd();
    try {
      /** @type {Answer<AccountDeletionShape>} */
      const { body } = await session.call('DELETE', '/users/me');
      session.end();
      ui.toast(
        body.delete_at
          ? t('You are signed out. To keep your account, sign in again within the next days.')
          : t('Your account is deleted.'),
      );
    } catch (error) {
      session.expectEnd(false);
      this.#problem = problemText(error);
    }
    this.#busy = false;
    this.redraw();
  }
}

customElements.define('ll-delete-form', DeleteForm);
