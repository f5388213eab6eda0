// Asks the user to confirm who they are, when the server wants it before a change of credentials.

import { message, t } from '../../languages/translate.js';
import { h } from '../base/dom.js';
import { ProofForm } from '../components/proof_form.js';

/**
 * @import { Method, PasskeyRequestOptions } from '../../types/contract.d.ts'
 * @import { Answer } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

const TITLE = message('Confirm that it is you');

/** @extends {ProofForm<{methods: Method[], answer: (isConfirmed: boolean) => void} & UsedProps>} */
export class StepUp extends ProofForm {
  disconnected() {
    const { answer } = this.props;
    // A drawing may put the dialog at another place of the document.
    queueMicrotask(() => this.isConnected || answer(false));
  }

  render() {
    const { methods } = this.props;
    if (methods.length === 0) {
      return [h('h2', { id: 'dialog-title' }, t(TITLE)), h('p', { class: 'quiet' }, t(NO_METHOD))];
    }
    return [
      h('h2', { id: 'dialog-title' }, t(TITLE)),
      this.proofForm(
        methods,
        t('Confirm'),
        async (proof) => {
          await this.app.session.call('POST', '/auth/step-up', { body: proof });
          this.props.answer(true);
          this.app.ui.closeDialog();
        },
        () => this.#readOptions(),
        { afterButton: this.#cancel() },
      ),
    ];
  }

  async #readOptions() {
    /** @type {Answer<PasskeyRequestOptions>} */
    const { body } = await this.app.session.call('POST', '/auth/step-up/passkey-options');
    return body;
  }

  #cancel() {
    const close = () => this.app.ui.closeDialog();
    return h('button', { class: 'button', type: 'button', onClick: close }, t('Cancel'));
  }
}

const NO_METHOD = message(
  'Sign out, sign in again, and repeat this within 15 minutes. Your account has no password. ' +
    'To set one, follow the link that “Forgot your password?” on the sign-in page mails you.',
);

customElements.define('ll-step-up', StepUp);
