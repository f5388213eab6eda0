// Pages that links in mails open. The token stands in the fragment, which no server ever sees, and
// is taken out of the address at once. Fetching the page consumes nothing: only its script or form does.

import { h } from '../base/dom.js';
import { entryCard, FormView } from '../base/form_view.js';
import { NEW_PASSWORD } from './entry_pages.js';
import { request } from '../../sync/api.js';
import { problemText } from '../../format/problems.js';

/** Reads a word out of the fragment: what the link is about, beside its token. */
export const inFragment = (name) => new URLSearchParams(location.hash.slice(1)).get(name);

/** The token is in the mail alone: it was taken out of the address, so loading the page again finds none. */
export const INCOMPLETE =
  'It is not complete, or this page was loaded again. Open it from the mail again, or copy all of it.';

/** Reads the token out of the address and hides it from the history. */
export function takeToken() {
  const token = inFragment('token');
  if (token) history.replaceState(history.state, '', location.pathname);
  return token;
}

class Verify extends FormView {
  token = takeToken();
  failed = '';
  used = false;
  #isSent = false;

  connected() {
    // A person opened it, not a mail scanner fetching links: scanners that run scripts are rare, and
    // what they would confirm is an address that does receive our mail.
    // Once: the page may be put back into the document, when the app around it is drawn again.
    if (this.token && !this.#isSent) this.#send();
  }

  render() {
    if (this.used) {
      return [
        entryCard(
          'Your address is confirmed',
          'This link did its work already. Sign in to go on.',
          h('a', { class: 'button primary', href: '/sign-in' }, 'Sign in'),
        ),
      ];
    }
    if (!this.token || this.failed) {
      return [
        entryCard(
          'This link does not work',
          this.failed || INCOMPLETE,
          h('a', { class: 'button', href: '/check-mail' }, 'Have a new link sent'),
          h('p', { class: 'entry-other' }, h('a', { href: '/sign-in' }, 'Back to sign in')),
        ),
      ];
    }
    return [entryCard('Confirming your address…', 'One moment.')];
  }

  async #send() {
    this.#isSent = true;
    try {
      // Another address for an account is confirmed only by who is signed in to it.
      const signedIn = this.app.session.isSignedIn || await this.app.session.resume();
      const token = signedIn ? await this.app.session.token() : null;
      const { body } = await request('POST', '/auth/verify-email', {
        body: { token: this.token },
        token,
      });
      if (body?.access_token) this.app.session.accept(body);
      if (this.app.phase === 'signed-in') this.app.router.go('/', { replace: true });
      else await this.app.openAccount();
      this.app.ui.toast('Your address is confirmed. Welcome.');
    } catch (error) {
      this.failed = problemText(error);
      this.used = error.code === 'link_used';
      if (this.isConnected) this.draw();
    }
  }
}

class Reset extends FormView {
  token = takeToken();

  render() {
    if (!this.token) {
      return [
        entryCard(
          'This link does not work',
          INCOMPLETE,
          h('a', { class: 'button', href: '/forgot' }, 'Ask for a new link'),
        ),
      ];
    }
    return [
      entryCard(
        'Choose a new password',
        'You will be signed out everywhere else.',
        this.form([{ ...NEW_PASSWORD, label: 'New password' }], 'Save password', async (values) => {
          await request('POST', '/auth/reset-password', { body: { token: this.token, ...values } });
          this.app.session.end();
          this.app.router.go('/sign-in', { replace: true });
          this.app.ui.toast('Your password is changed. Sign in with it.');
        }),
      ),
    ];
  }
}

customElements.define('ll-verify', Verify);
customElements.define('ll-reset', Reset);
