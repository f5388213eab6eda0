// The page to which a provider sends the browser back. It takes what the provider says out of the
// address at once, and finishes the sign-in, or the linking that the settings began.

import { returnToPath } from '../../../account_parts.js';
import { problemText } from '../../../format/problems.js';
import { message, t } from '../../../languages/translate.js';
import {
  invitationBefore,
  keepLink,
  providerName,
  takeReturnPath,
} from '../../../provider_sign_in.js';
import { request } from '../../../sync/api.js';
import { h } from '../../base/dom.js';
import { entryCard } from '../../base/form_view.js';
import { View } from '../../base/view.js';
import './second_step.js';

/**
 * @import { ChallengeShape, ProviderSignInShape, SignInShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

const RELOADED = message(
  'This page was loaded again, or its address is not complete. Begin again.',
);

/** @extends {View<{}>} */
export class ProviderReturnPage extends View {
  #provider = this.app.router.route.providerId ?? '';
  #parameters = takeParameters();
  #problem = this.#parameters ? '' : t(RELOADED);
  #isSent = false;
  /** @type {ChallengeShape | null} the second step of an account that has one */
  #challenge = null;

  connected() {
    // Once: the page may be put into the document again, when the app around it is drawn.
    if (!this.#isSent) this.#finish();
  }

  render() {
    const name = providerName(this.#provider);
    if (this.#challenge) {
      return [h('ll-second-step', {
        challenge: this.#challenge,
        onDone: (tokens) => this.#enter(tokens),
        onCancel: (problem) => this.#leave(problem),
      })];
    }
    if (!this.#problem) {
      return [entryCard(t('Signing in with {name}…', { name }), t('One moment.'))];
    }
    const isSignedIn = this.app.session.isSignedIn;
    return [
      entryCard(
        t('{name} did not sign you in', { name }),
        null,
        h('p', { class: 'problem', role: 'alert' }, this.#problem),
        isSignedIn
          ? h('a', { class: 'button primary', href: '/settings' }, t('Back to the settings'))
          : h('a', { class: 'button primary', href: '/sign-in' }, t('Back to sign in')),
      ),
    ];
  }

  async #finish() {
    if (!this.#parameters) return;
    this.#isSent = true;
    const { session } = this.app;
    const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
    const body = {
      ...this.#parameters,
      time_zone: timeZone,
      locale,
      invitation_token: invitationBefore(),
    };
    try {
      const token = session.isSignedIn ? await session.token() : null;
      /** @type {Answer<ProviderSignInShape>} */
      const answer = await request('POST', `/auth/oidc/${this.#provider}/finish`, { body, token });
      await this.#goOn(answer.body);
    } catch (error) {
      this.#problem = problemText(error);
      if (this.isConnected) this.draw();
    }
  }

  /** @param {ProviderSignInShape} finished */
  async #goOn({ outcome, sign_in: tokens, challenge, link_token: token, email }) {
    const { app } = this;
    const name = providerName(this.#provider);
    if (tokens) return await this.#enter(tokens);
    if (challenge) {
      this.#challenge = challenge;
      this.draw();
    } else if (outcome === 'linked') {
      app.router.go('/settings', { replace: true });
      app.ui.toast(t('{name} signs you in from now on.', { name }));
    } else if (token) {
      keepLink({ token, name, email: email ?? '' });
      app.router.go('/sign-in', { replace: true });
    }
  }

  /** @param {string} problem that ended the second step; "" if the user did */
  #leave(problem) {
    if (!problem) return this.app.router.go('/sign-in', { replace: true });
    this.#challenge = null;
    this.#problem = problem;
    this.draw();
  }

  /** @param {SignInShape} tokens */
  async #enter(tokens) {
    const { app } = this;
    const wasSignedIn = app.phase === 'signed-in';
    app.session.accept(tokens);
    // The page may hold another user's data, who signed in by another window meanwhile.
    if (wasSignedIn) return location.replace(takeReturnPath(''));
    await app.openAccount();
    if (app.router.route.page !== 'provider') return;
    const userId = app.store.confirmed.account?.id ?? '';
    returnToPath(app, userId);
  }
}

/** Read what the provider sent out of the address, and remove it from the history. */
function takeParameters() {
  const given = new URLSearchParams(location.search);
  history.replaceState(history.state, '', location.pathname);
  const names = ['state', 'code', 'iss', 'error'];
  const found = names.flatMap((name) => given.has(name) ? [[name, given.get(name)]] : []);
  return given.has('state') ? Object.fromEntries(found) : null;
}

customElements.define('ll-provider-return', ProviderReturnPage);
