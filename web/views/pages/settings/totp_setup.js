// Sets an authenticator app up: QR code, first code, and then the recovery codes.

import { problemText } from '../../../format/problems.js';
import { message, t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { FormView } from '../../base/form_view.js';
import './recovery_codes.js';

/**
 * @import { NewTotpShape, RecoveryCodesShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @import { Field } from '../../base/form_view.js'
 */

const PATH = '/users/me/second-factors/totp';
const LEAD = message(
  'Scan this with an authenticator app on your phone, then enter the code that it shows.',
);

/** @type {Field[]} */
const FIELDS = [{
  name: 'code',
  label: message('Code from the app'),
  autocomplete: 'one-time-code',
  inputmode: 'numeric',
}];

/** @extends {FormView<{onDone: () => void, onBegin?: () => void}>} */
export class TotpSetup extends FormView {
  /** @type {NewTotpShape | null} */
  #begun = null;
  /** @type {string[]} */
  #codes = [];
  #isConfirmed = false;

  render() {
    if (this.#isConfirmed) {
      return [h('ll-recovery-codes', { codes: this.#codes, onKept: () => this.#finish() })];
    }
    return this.#begun ? this.#enterCode(this.#begun) : [
      h('p', { class: 'problem', role: 'alert', hidden: !this.problem }, this.problem),
      h('button', {
        class: this.props.onBegin ? 'button wide' : 'button primary',
        type: 'button',
        disabled: this.busy,
        onClick: () => this.#begin(),
      }, this.props.onBegin ? t('Set up an app') : t('Set up')),
    ];
  }

  /** @param {NewTotpShape} begun */
  #enterCode({ qr_code: image, secret, uri }) {
    return [
      h('p', { class: 'quiet' }, t(LEAD)),
      h('img', { class: 'qr-code', src: image, alt: t('QR code for an authenticator app') }),
      h(
        'details',
        { class: 'manual-key' },
        h('summary', null, t('Cannot scan it?')),
        h('p', { class: 'quiet' }, t('Type this key into the app, as a time-based one:')),
        h('p', null, h('code', null, secret.replace(/(.{4})(?=.)/g, '$1 '))),
        h('p', null, h('a', { href: uri }, t('Open it in an app on this device'))),
      ),
      this.form(FIELDS, t('Confirm'), (values) => this.#confirm(values)),
    ];
  }

  async #begin() {
    this.busy = true;
    this.problem = '';
    this.draw();
    try {
      /** @type {Answer<NewTotpShape>} */
      const { body } = await this.app.session.call('POST', PATH);
      this.#begun = body;
      this.props.onBegin?.();
    } catch (error) {
      this.problem = problemText(error);
    }
    this.busy = false;
    if (!this.isConnected) return;
    this.draw();
    this.querySelector('input')?.focus();
  }

  /** @param {Record<string, string>} values */
  async #confirm(values) {
    /** @type {Answer<RecoveryCodesShape>} */
    const { body } = await this.app.session.call('POST', `${PATH}/confirm`, { body: values });
    this.#codes = body.recovery_codes;
    this.#begun = null;
    // An account with another second factor has its recovery codes already.
    if (this.#codes.length === 0) this.#finish();
    else this.#isConfirmed = true;
  }

  #finish() {
    this.#isConfirmed = false;
    this.#codes = [];
    this.props.onDone();
  }
}

customElements.define('ll-totp-setup', TotpSetup);
