// Pages that links in mails open. The token is in the fragment, which no server ever sees, and is
// removed from the address at once. Loading a page does not use the token: its script or form does.

import { problemText, refusalIn } from '../../../format/problems.js';
import { message, t } from '../../../languages/translate.js';
import { request } from '../../../sync/api.js';
import { h } from '../../base/dom.js';
import { entryCard, FormView } from '../../base/form_view.js';
import { NEW_PASSWORD, providerButtons } from './sign_in_pages.js';

/**
 * @import { ChallengeShape, SignInShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

/**
 * Return a value of the fragment, which says what the link is about.
 * @param {string} name
 */
export const inFragment = (name) => new URLSearchParams(location.hash.slice(1)).get(name);

/** The token was removed from the address: a page that is loaded again has none. */
export const INCOMPLETE = message(
  'It is not complete, or this page was loaded again. ' +
    'Open it from the mail again, or copy all of it.',
);

/** Read the token out of the address, and remove it from the history. */
export function takeToken() {
  const token = inFragment('token');
  if (token) history.replaceState(history.state, '', location.pathname);
  return token;
}

export class Verify extends FormView {
  #token = takeToken();
  #failure = '';
  #isUsed = false;
  #isSent = false;
  /** The account has no password yet: an administrator made it, or two people registered it. */
  #needsPassword = false;

  connected() {
    // A user opened it, not a mail scanner that loads links. Few scanners run scripts, and what one
    // would confirm is an address that does receive the mail.
    // Once: the page may be put into the document again, when the app around it is drawn.
    if (this.#token && !this.#isSent) this.#send();
  }

  render() {
    if (this.#isUsed) {
      return [
        entryCard(
          t('Your address is confirmed'),
          t('This link did its work already.'),
          this.app.phase === 'signed-in'
            ? homeLink()
            : h('a', { class: 'button primary', href: '/sign-in' }, t('Sign in to go on')),
        ),
      ];
    }
    if (this.#needsPassword) return [this.#choosePassword()];
    if (!this.#token || this.#failure) {
      return [
        entryCard(
          t('This link does not work'),
          this.#failure || t(INCOMPLETE),
          this.app.phase === 'signed-in' ? homeLink() : [
            h('a', { class: 'button', href: '/check-mail' }, t('Have a new link sent')),
            h('p', { class: 'entry-other' }, h('a', { href: '/sign-in' }, t('Back to sign in'))),
          ],
        ),
      ];
    }
    return [entryCard(t('Confirming your address…'), t('One moment.'))];
  }

  #choosePassword() {
    return entryCard(
      t('Choose a password'),
      t('With it and your address you sign in from now on.'),
      this.form([NEW_PASSWORD], t('Save and sign in'), (values) => this.#save(values)),
      providerButtons(),
    );
  }

  /** @param {Record<string, string>} values */
  async #save({ password }) {
    try {
      await this.#confirm({ password });
    } catch (error) {
      // Not the password but the link is refused: it expired, or another window used it.
      if (!refusalIn(error)?.code.startsWith('link_')) throw error;
      this.#fail(error);
    }
  }

  async #send() {
    this.#isSent = true;
    try {
      await this.#confirm();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    const code = refusalIn(error)?.code;
    this.#needsPassword = code === 'password_required';
    if (!this.#needsPassword) this.#failure = problemText(error);
    this.#isUsed = code === 'link_used';
    if (this.isConnected) this.draw();
  }

  /** @param {{password?: string}} [values] */
  async #confirm(values = {}) {
    const { session, router, ui } = this.app;
    // A new address of an account is confirmed only by the user who is signed in to it.
    const isSignedIn = session.isSignedIn || await session.resume();
    const accessToken = isSignedIn ? await session.token() : null;
    /** @type {Answer<SignInShape | ChallengeShape | null>} */
    const { body } = await request('POST', '/auth/verify-email', {
      body: { token: this.#token, ...values },
      token: accessToken,
    });
    // A new address of an account with a second factor opens no second session.
    if (body && 'access_token' in body) session.accept(body);
    if (this.app.phase === 'signed-in') router.go('/', { replace: true });
    else await this.app.openAccount();
    ui.toast(t('Your address is confirmed. Welcome.'));
  }
}

export class Reset extends FormView {
  #token = takeToken();
  #failure = '';

  render() {
    if (!this.#token || this.#failure) {
      return [
        entryCard(
          t('This link does not work'),
          this.#failure || t(INCOMPLETE),
          this.app.phase === 'signed-in'
            ? homeLink()
            : h('a', { class: 'button', href: '/forgot' }, t('Ask for a new link')),
        ),
      ];
    }
    return [
      entryCard(
        t('Choose a new password'),
        t('You will be signed out everywhere else.'),
        this.form(
          [{ ...NEW_PASSWORD, label: t('New password') }],
          t('Save password'),
          (values) => this.#save(values),
        ),
      ),
    ];
  }

  /** @param {Record<string, string>} values */
  async #save(values) {
    this.app.session.expectEnd();
    try {
      await request('POST', '/auth/reset-password', { body: { token: this.#token, ...values } });
    } catch (error) {
      this.app.session.expectEnd(false);
      // Not the password but the link is refused: it expired, or was used.
      if (!refusalIn(error)?.code.startsWith('link_')) throw error;
      this.#failure = problemText(error);
      this.draw();
      return;
    }
    this.app.session.end();
    this.app.router.go('/sign-in', { replace: true });
    this.app.ui.toast(t('Your password is changed. Sign in with it.'));
  }
}

const homeLink = () => h('a', { class: 'button primary', href: '/' }, t('Go to your lists'));

customElements.define('ll-verify', Verify);
customElements.define('ll-reset', Reset);
