// The pages for visitors: sign in and sign up.

import { refusalIn } from '../../../format/problems.js';
import { message, t } from '../../../languages/translate.js';
import {
  passkeyObstacle,
  PasskeyOffer,
  passkeyProblem,
  signInWithPasskey,
} from '../../../passkeys.js';
import { forgetLink, providers, waitingLink } from '../../../provider_sign_in.js';
import { siteFacts } from '../../../site.js';
import { request } from '../../../sync/api.js';
import { h } from '../../base/dom.js';
import { entryCard, FormView } from '../../base/form_view.js';
import { backToSignIn, EMAIL, goCheckMail } from './mail_steps.js';
import { invitationToken, previewText } from './invitation_preview.js';
import './provider_buttons.js';
import './second_step.js';

/**
 * @import { ChallengeShape, SignInShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @import { Field } from '../../base/form_view.js'
 */

/** @type {Field} */
export const NEW_PASSWORD = {
  name: 'password',
  label: message('Password'),
  type: 'password',
  autocomplete: 'new-password',
  minlength: 8,
  hint: message('At least 8 characters.'),
};
/** @type {Field} */
const PASSWORD = {
  name: 'password',
  label: message('Password'),
  type: 'password',
  autocomplete: 'current-password',
};
const SIGN_IN_TO_JOIN = message(
  'Sign in to join the list. If you are new here, create an account with ' +
    'the address that the invitation went to; it waits for you there.',
);
const ONLY_INVITED = message(
  'Only people who are invited to a list can create an account here. Open the ' +
    'link in the invitation.',
);

/** Return true if a visitor may create an account: anyone, or who opened an invitation. */
const mayRegister = () => siteFacts().registration !== 'invited' || invitationToken() !== '';

/** @param {string[]} sentences */
const joined = (...sentences) => sentences.filter(Boolean).join(' ');

/**
 * Draw the page again when it is known who invites to which list.
 * @param {FormView} page
 * @param {(text: string) => void} take
 */
async function showInvitation(page, take) {
  const text = await previewText(invitationToken());
  if (!text || !page.isConnected) return;
  take(text);
  page.draw();
}

export const providerButtons = () => providers().length > 0 ? h('ll-provider-buttons', {}) : null;

/**
 * The browser offers passkeys in this field. A sign-in that waits to be linked knows the address.
 * @returns {Field}
 */
const emailField = () => ({
  ...EMAIL,
  autocomplete: 'username webauthn',
  value: waitingLink()?.email,
});

/** What a user is asked whose sign-in with a provider waits to be linked; "" for others. */
function linkText() {
  const link = waitingLink();
  if (!link) return '';
  return t(
    '{email} has an account here. Sign in to it once more as you did until now; ' +
      'then {link} signs you in too.',
    { email: link.email, link: link.name },
  );
}

export class SignIn extends FormView {
  /** @type {ChallengeShape | null} the second step, once the password was right */
  #challenge = null;
  #offer = new PasskeyOffer((tokens) => this.#enter(tokens), (error) => this.#refuse(error));

  #invitation = '';

  connected() {
    this.#offer.start();
    showInvitation(this, (text) => this.#invitation = text);
  }

  disconnected() {
    this.#offer.stop();
  }

  render() {
    if (this.#challenge) {
      return [h('ll-second-step', {
        challenge: this.#challenge,
        onDone: (tokens) => this.#enter(tokens),
        onCancel: (problem) => this.#beginAgain(problem),
      })];
    }
    const isInvited = this.app.router.route.page === 'invitation';
    return [
      entryCard(
        isInvited ? t('You are invited') : t('Sign in'),
        linkText() || (isInvited ? joined(this.#invitation, t(SIGN_IN_TO_JOIN)) : null),
        this.form([emailField(), PASSWORD], t('Sign in'), (values) => this.#signIn(values), {
          afterButton: h('a', { href: '/forgot' }, t('Forgot your password?')),
        }),
        passkeyObstacle() ? null : this.#passkeyButton(),
        this.#providers(),
        mayRegister()
          ? h(
            'p',
            { class: 'entry-other' },
            t('New here?'),
            ' ',
            h('a', { href: `/sign-up${isInvited ? location.hash : ''}` }, t('Create an account')),
          )
          : h('p', { class: 'entry-other' }, t(ONLY_INVITED)),
      ),
    ];
  }

  /** The buttons of providers. One that waits to be linked signs nobody in yet. */
  #providers() {
    const link = waitingLink();
    if (!link) return providerButtons();
    return [
      providers().length > 1 ? h('ll-provider-buttons', { except: link.name }) : null,
      h(
        'button',
        { class: 'link', type: 'button', onClick: () => this.#dropLink() },
        t('Do not link'),
      ),
    ];
  }

  #dropLink() {
    forgetLink();
    this.draw();
  }

  #passkeyButton() {
    return h('button', {
      class: 'button',
      type: 'button',
      disabled: this.busy,
      onClick: () => this.#usePasskey(),
    }, t('Sign in with a passkey'));
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
      /** @type {Answer<SignInShape | ChallengeShape>} */
      const { body } = await request('POST', '/auth/login', { body: values });
      this.#offer.stop();
      if ('challenge' in body) {
        this.#challenge = body;
        return;
      }
      this.app.session.accept(body);
    } catch (error) {
      if (refusalIn(error)?.code !== 'unverified') throw error;
      goCheckMail(this.app, values.email);
      this.app.ui.toast(t('Confirm your address first: follow the link in our mail.'));
      return;
    }
    await this.app.openAccount();
  }

  /** @param {string} problem */
  #beginAgain(problem) {
    this.#challenge = null;
    this.problem = problem;
    this.draw();
    this.#offer.start();
  }
}

export class SignUp extends FormView {
  #invitation = '';

  connected() {
    showInvitation(this, (text) => this.#invitation = text);
  }

  render() {
    if (!mayRegister()) {
      return [entryCard(t('By invitation only'), t(ONLY_INVITED), backToSignIn())];
    }
    const name = { name: 'name', label: t('Your name'), autocomplete: 'name' };
    return [
      entryCard(
        t('Create your account'),
        joined(
          this.#invitation,
          siteFacts().sign_up_text || t('Shared lists, live for everyone in them.'),
        ),
        this.form([name, EMAIL, NEW_PASSWORD], t('Create account'), async (values) => {
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
        providerButtons(),
        h(
          'p',
          { class: 'entry-other' },
          t('Have an account?'),
          ' ',
          h('a', { href: '/sign-in' }, t('Sign in')),
        ),
      ),
    ];
  }
}

customElements.define('ll-sign-in', SignIn);
customElements.define('ll-sign-up', SignUp);
