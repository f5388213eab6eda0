// The only page of a user who must set up two-step verification before they go on: by a passkey or
// by an authenticator app.

import { deviceName } from '../../../format/device_name.js';
import { message, t } from '../../../languages/translate.js';
import { addPasskey, passkeyObstacle, passkeyProblem } from '../../../passkeys.js';
import { siteFacts } from '../../../site.js';
import { h } from '../../base/dom.js';
import { entryCard } from '../../base/form_view.js';
import { View } from '../../base/view.js';
import '../settings/recovery_codes.js';
import '../settings/totp_setup.js';

const PASSKEY = message(
  'A passkey signs you in with the lock of this device: fingerprint, face or PIN.',
);
const APP = message('Or an app on your phone shows a code that you enter after your password.');
const ONLY_APP = message('An app on your phone shows a code that you enter after your password.');

/** @extends {View<{}>} */
export class RequiredSetup extends View {
  /** @type {string[]} the recovery codes that came with the passkey */
  #codes = [];
  #isBusy = false;
  #problem = '';
  /** Whether the user chose the app. */
  #usesApp = false;

  render() {
    const lead = t(
      '{site} requires two-step verification of your account. Setting it ' +
        'up takes two minutes.',
      { site: siteFacts().name },
    );
    return [entryCard(t('Set up two-step verification'), lead, this.#content(), this.#signOut())];
  }

  #content() {
    if (this.#codes.length > 0) {
      return h('ll-recovery-codes', { codes: this.#codes, onKept: () => this.#goOn() });
    }
    const hasPasskeys = !passkeyObstacle();
    return [
      hasPasskeys && !this.#usesApp ? this.#passkey() : null,
      h('p', { key: 'app' }, hasPasskeys && !this.#usesApp ? t(APP) : t(ONLY_APP)),
      h('ll-totp-setup', { onBegin: () => this.#useApp(), onDone: () => this.#goOn() }),
    ];
  }

  #passkey() {
    return h(
      'div',
      { key: 'passkey', class: 'stack' },
      h('p', null, t(PASSKEY)),
      h('p', { class: 'problem', role: 'alert', hidden: !this.#problem }, this.#problem),
      h('button', {
        class: 'button primary wide',
        type: 'button',
        disabled: this.#isBusy,
        onClick: () => this.#addPasskey(),
      }, t('Add a passkey')),
    );
  }

  #signOut() {
    const onClick = () => this.app.signOut();
    return h(
      'p',
      { class: 'entry-other' },
      h('button', { class: 'link', type: 'button', onClick }, t('Sign out')),
    );
  }

  #useApp() {
    this.#usesApp = true;
    this.draw();
  }

  async #addPasskey() {
    this.#isBusy = true;
    this.#problem = '';
    this.draw();
    try {
      this.#codes = await addPasskey(this.app.session, deviceName(navigator.userAgent));
      // An account that has recovery codes already gets no others.
      if (this.#codes.length === 0) return await this.#goOn();
    } catch (error) {
      this.#problem = passkeyProblem(error);
    }
    this.#isBusy = false;
    if (this.isConnected) this.draw();
  }

  async #goOn() {
    // The new token's answer says that nothing is missing any more.
    await this.app.session.token({ fresh: true });
    await this.app.openAccount();
  }
}

customElements.define('ll-required-setup', RequiredSetup);
