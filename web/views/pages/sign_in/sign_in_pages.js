// The pages for visitors: sign in, sign up, forgotten password, and "check your mail".

import { refusalIn } from '../../../format/problems.js';
import {
  passkeyObstacle,
  PasskeyOffer,
  passkeyProblem,
  signInWithPasskey,
} from '../../../passkeys.js';
import { siteFacts } from '../../../site.js';
import { request } from '../../../sync/api.js';
import { h } from '../../base/dom.js';
import { entryCard, FormView } from '../../base/form_view.js';

/**
 * @import { App } from '../../../app.js'
 * @import { SignInShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @import { Field } from '../../base/form_view.js'
 */

/** @type {Field} */
const EMAIL = { name: 'email', label: 'Email', type: 'email', autocomplete: 'username' };
/** @type {Field} the browser offers passkeys in it */
const EMAIL_OR_PASSKEY = { ...EMAIL, autocomplete: 'username webauthn' };
/** @type {Field} */
export const NEW_PASSWORD = {
  name: 'password',
  label: 'Password',
  type: 'password',
  autocomplete: 'new-password',
  minlength: 8,
  hint: 'At least 8 characters.',
};
/** @type {Field} */
const PASSWORD = {
  name: 'password',
  label: 'Password',
  type: 'password',
  autocomplete: 'current-password',
};
const MAIL_KEY = 'livelist.mail-to';
const SIGN_IN_TO_JOIN = 'Sign in to join the list. If you are new here, create an account with ' +
  'the address that the invitation went to; it waits for you there.';
const ONLY_INVITED = 'Only people who are invited to a list can create an account here. Open the ' +
  'link in the invitation.';
const RESET_SENT = 'If that address has an account here, a link to a new password is on its way. ' +
  'It works for an hour.';

const backToSignIn = () =>
  h('p', { class: 'entry-other' }, h('a', { href: '/sign-in' }, 'Back to sign in'));

/** The token of the invitation whose page a visitor opened, or "". */
const invitationToken = () => new URLSearchParams(location.hash.slice(1)).get('token') ?? '';

/** Return true if a visitor may create an account: anyone, or who opened an invitation. */
const mayRegister = () => siteFacts().registration !== 'invited' || invitationToken() !== '';

export class SignIn extends FormView {
  #offer = new PasskeyOffer((tokens) => this.#enter(tokens), (error) => this.#refuse(error));

  connected() {
    this.#offer.start();
  }

  disconnected() {
    this.#offer.stop();
  }

  render() {
    const isInvited = this.app.router.route.page === 'invitation';
    return [
      entryCard(
        isInvited ? 'You are invited' : 'Sign in',
        isInvited ? SIGN_IN_TO_JOIN : null,
        this.form([EMAIL_OR_PASSKEY, PASSWORD], 'Sign in', (values) => this.#signIn(values), {
          afterButton: h('a', { href: '/forgot' }, 'Forgot your password?'),
        }),
        passkeyObstacle() ? null : this.#passkeyButton(),
        mayRegister()
          ? h(
            'p',
            { class: 'entry-other' },
            'New here? ',
            h('a', { href: `/sign-up${isInvited ? location.hash : ''}` }, 'Create an account'),
          )
          : h('p', { class: 'entry-other' }, ONLY_INVITED),
      ),
    ];
  }

  #passkeyButton() {
    return h('button', {
      class: 'button',
      type: 'button',
      disabled: this.busy,
      onClick: () => this.#usePasskey(),
    }, 'Sign in with a passkey');
  }

  async #usePasskey() {
    this.#offer.stop();
    this.busy = true;
    this.problem = '';
    this.draw();
    try {
      await this.#enter(await signInWithPasskey());
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** @param {unknown} error */
  #refuse(error) {
    this.busy = false;
    this.problem = passkeyProblem(error);
    if (!this.isConnected) return;
    this.draw();
    this.#offer.start();
  }

  /** @param {SignInShape} tokens */
  async #enter(tokens) {
    this.#offer.stop();
    this.app.session.accept(tokens);
    await this.app.openAccount();
  }

  /** @param {Record<string, string>} values */
  async #signIn(values) {
    try {
      /** @type {Answer<SignInShape>} */
      const { body } = await request('POST', '/auth/login', { body: values });
      this.#offer.stop();
      this.app.session.accept(body);
    } catch (error) {
      if (refusalIn(error)?.code !== 'unverified') throw error;
      goCheckMail(this.app, values.email);
      this.app.ui.toast('Confirm your address first: follow the link in our mail.');
      return;
    }
    await this.app.openAccount();
  }
}

export class SignUp extends FormView {
  render() {
    if (!mayRegister()) {
      return [entryCard('By invitation only', ONLY_INVITED, backToSignIn())];
    }
    const name = { name: 'name', label: 'Your name', autocomplete: 'name' };
    return [
      entryCard(
        'Create your account',
        siteFacts().sign_up_text || 'Shared lists, live for everyone in them.',
        this.form([name, EMAIL, NEW_PASSWORD], 'Create account', async (values) => {
          const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
          await request('POST', '/auth/register', {
            body: {
              ...values,
              name: values.name.trim(),
              time_zone: timeZone,
              locale,
              invitation_token: invitationToken(),
            },
          });
          goCheckMail(this.app, values.email);
        }),
        h(
          'p',
          { class: 'entry-other' },
          'Have an account? ',
          h('a', { href: '/sign-in' }, 'Sign in'),
        ),
      ),
    ];
  }
}

export class Forgot extends FormView {
  #isSent = false;

  render() {
    if (this.#isSent) {
      return [entryCard('Check your mail', RESET_SENT, backToSignIn(), h('ll-dev-mail', {}))];
    }
    return [
      entryCard(
        'Forgot your password?',
        'We mail you a link to choose a new one.',
        this.form([EMAIL], 'Send the link', async (values) => {
          await request('POST', '/auth/forgot-password', { body: values });
          this.#isSent = true;
        }),
        backToSignIn(),
      ),
    ];
  }
}

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
      'Check your mail',
      null,
      h(
        'p',
        { class: 'quiet lead' },
        'We sent a link to ',
        h('b', null, email),
        '. Follow it to confirm that the address is yours.',
      ),
      h('ll-dev-mail', {}),
      h(
        'p',
        { class: 'entry-other' },
        'Nothing there? Look in the spam folder, or ',
        h(
          'button',
          { class: 'link', type: 'button', onClick: () => this.#resend(email) },
          'send it again',
        ),
        '.',
      ),
      h('p', { class: 'quiet', 'aria-live': 'polite' }, this.#note),
      backToSignIn(),
    );
  }

  #ask() {
    return entryCard(
      'Have a new link sent',
      'We mail it to the address that you signed up with.',
      this.form([EMAIL], 'Send the link', async (values) => {
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
      this.#note = 'Sent again. It can take a minute.';
    } catch {
      this.#note = 'It could not be sent. Wait a minute, then try again.';
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
        'Open the development mailbox',
      ),
    ];
  }
}

/**
 * @param {App} app
 * @param {string} email
 */
function goCheckMail(app, email) {
  sessionStorage.setItem(MAIL_KEY, email);
  app.router.go('/check-mail');
}

customElements.define('ll-sign-in', SignIn);
customElements.define('ll-sign-up', SignUp);
customElements.define('ll-forgot', Forgot);
customElements.define('ll-check-mail', CheckMail);
customElements.define('ll-dev-mail', DevMail);
