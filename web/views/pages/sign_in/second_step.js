// The second step of a sign-in: a proof beside the password.

import { problemText, refusalIn } from '../../../format/problems.js';
import { t } from '../../../languages/translate.js';
import { request } from '../../../sync/api.js';
import { h } from '../../base/dom.js';
import { entryCard } from '../../base/form_view.js';
import { ProofForm } from '../../components/proof_form.js';

/**
 * @import {
 *   ChallengeShape, PasskeyRequestOptions, SignInShape,
 * } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @import { Proof } from '../../components/proof_form.js'
 */

/**
 * `onCancel` is called with the problem that ended the sign-in; "" if the user did.
 * @typedef {object} Props
 * @property {ChallengeShape} challenge
 * @property {(tokens: SignInShape) => Promise<void>} onDone
 * @property {(problem: string) => void} onCancel
 */

/** @extends {ProofForm<Props>} */
export class SecondStep extends ProofForm {
  render() {
    const { challenge, onCancel } = this.props;
    return [
      entryCard(
        t('Two-step verification'),
        null,
        this.proofForm(
          challenge.methods,
          t('Sign in'),
          (proof) => this.#finish(proof),
          () => this.#readOptions(),
        ),
        h(
          'p',
          { class: 'entry-other' },
          h(
            'button',
            { class: 'link', type: 'button', onClick: () => onCancel('') },
            t('Back to sign in'),
          ),
        ),
      ),
    ];
  }

  async #readOptions() {
    const { challenge: { challenge } } = this.props;
    const path = '/auth/challenge/passkey-options';
    /** @type {Answer<PasskeyRequestOptions>} */
    const { body } = await request('POST', path, { body: { challenge } });
    return body;
  }

  /** @param {Proof} proof */
  async #finish(proof) {
    const { challenge: { challenge }, onDone, onCancel } = this.props;
    try {
      /** @type {Answer<SignInShape>} */
      const { body } = await request('POST', '/auth/challenge', { body: { challenge, proof } });
      await onDone(body);
    } catch (error) {
      if (refusalIn(error)?.code !== 'challenge_invalid') throw error;
      onCancel(problemText(error));
    }
  }
}

customElements.define('ll-second-step', SecondStep);
