// The page that says to look for a mail, and the way to the development mailbox.

import { parts, t } from '../../../languages/translate.js';
import { request } from '../../../sync/api.js';
import { h } from '../../base/dom.js';
import { entryCard, FormView } from '../../base/form_view.js';
import { backToSignIn, EMAIL, MAIL_KEY } from './mail_steps.js';

export class CheckMail extends FormView {
  #note = '';

  render() {
    const email = sessionStorage.getItem(MAIL_KEY);
    // A window opened by a link in a mail does not know the address: ask for it.
    return [email ? this.#sentTo(email) : this.#ask()];
  }

  /** @param {string} email */
  #sentTo(email) {
    return entryCard(
      t('Check your mail'),
      null,
      h(
        'p',
        { class: 'quiet lead' },
        parts('We sent a link to {email}. Follow it to confirm that the address is yours.', {
          email: h('b', null, email),
        }),
      ),
      h('ll-dev-mail', {}),
      h(
        'p',
        { class: 'entry-other' },
        parts('Nothing there? Look in the spam folder, or {again}.', {
          again: h(
            'button',
            { class: 'link', type: 'button', onClick: () => this.#resend(email) },
            t('send it again'),
          ),
        }),
      ),
      h('p', { class: 'quiet', 'aria-live': 'polite' }, this.#note),
      backToSignIn(),
    );
  }

  #ask() {
    return entryCard(
      t('Have a new link sent'),
      t('We mail it to the address of your account.'),
      this.form([EMAIL], t('Send the link'), async (values) => {
        await request('POST', '/auth/resend-verification', { body: values });
        sessionStorage.setItem(MAIL_KEY, values.email);
      }),
      backToSignIn(),
    );
  }

  /** @param {string} email */
  async #resend(email) {
    try {
      await request('POST', '/auth/resend-verification', { body: { email } });
      this.#note = t('Sent again. It can take a minute.');
    } catch {
      this.#note = t('It could not be sent. Wait a minute, then try again.');
    }
    this.draw();
  }
}

/** The way to the development mailbox: on a developer's machine no mail leaves it. */
export class DevMail extends FormView {
  #isThere = false;

  connected() {
    if (!['localhost', '127.0.0.1', '[::1]'].includes(location.hostname)) return;
    fetch('/dev/mail.json').then((answer) => {
      this.#isThere = answer.ok;
      if (this.isConnected) this.draw();
    }, () => {});
  }

  render() {
    if (!this.#isThere) return [];
    return [
      h(
        'a',
        { class: 'button', href: '/dev/mail', target: '_blank', rel: 'noopener' },
        t('Open the development mailbox'),
      ),
    ];
  }
}

customElements.define('ll-check-mail', CheckMail);
customElements.define('ll-dev-mail', DevMail);
