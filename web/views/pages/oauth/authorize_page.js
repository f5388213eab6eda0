// The page on which a program asks to be let in: who asks, where the browser goes back to, what the
// program may do. Nothing is allowed without a click, and nobody is sent back without one.

import { problemText } from '../../../format/problems.js';
import { message, t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { entryCard, FormView } from '../../base/form_view.js';
import { choiceFields, choiceOf } from './choice.js';
import { asksText, returnText, titleText } from './consent_texts.js';

/**
 * @import { AuthorizationRequestShape, RedirectShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

const NAMES = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
  'resource',
];
const WARNING = message(
  'The program chose this name itself. Go on only if you have just started this in it.',
);
const NO_LIST = message('Choose at least one list.');

export class AuthorizePage extends FormView {
  #request = requestIn(location.search);
  /** @type {AuthorizationRequestShape | null} */
  #shown = null;
  #failure = '';
  #isOfSomeLists = false;
  #isDone = false;

  connected() {
    if (!this.#shown && !this.#failure) this.#load();
  }

  render() {
    if (this.#failure) return [entryCard(t('This cannot go on'), this.#failure, homeLink())];
    if (!this.#shown) return [];
    if (this.#isDone) {
      return [entryCard(t('Done'), t('Go back to the program. You can close this page.'))];
    }
    return [this.#shown.problem ? this.#wrongCard(this.#shown) : this.#card(this.#shown)];
  }

  /** @param {AuthorizationRequestShape} shown */
  #card(shown) {
    const { client_name: name, is_built_in: isBuiltIn, scope } = shown;
    return entryCard(
      titleText(name),
      asksText(scope, shown.audience === 'mcp'),
      h('p', null, h('strong', null, returnText(shown))),
      isBuiltIn ? null : h('p', { class: 'quiet' }, t(WARNING)),
      h(
        'p',
        { class: 'quiet' },
        t('You are signed in as {email}.', { email: this.state.account?.email ?? '' }),
      ),
      this.form([], t('Allow'), (values) => this.#allow(values), {
        afterFields: choiceFields(scope, this.state.lists, this.#isOfSomeLists, (isOfSome) => {
          this.#isOfSomeLists = isOfSome;
          this.draw();
        }),
        afterButton: h('button', {
          class: 'button',
          type: 'button',
          onClick: () => this.#goTo(shown.deny_url),
        }, t('Deny')),
      }),
    );
  }

  /** @param {AuthorizationRequestShape} shown */
  #wrongCard(shown) {
    return entryCard(
      t('“{name}” asks in a wrong way', { name: shown.client_name }),
      t('It cannot be let in. Whoever makes the program can repair this.'),
      h('p', { class: 'problem', role: 'alert' }, shown.problem),
      h('p', null, returnText(shown)),
      h('button', {
        class: 'button',
        type: 'button',
        onClick: () => this.#goTo(shown.deny_url),
      }, t('Go back')),
      homeLink(),
    );
  }

  async #load() {
    try {
      /** @type {Answer<AuthorizationRequestShape>} */
      const { body } = await this.app.session.call('POST', '/oauth/requests', {
        body: this.#request,
      });
      this.#shown = body;
    } catch (error) {
      this.#failure = problemText(error);
    }
    if (this.isConnected) this.redraw();
  }

  /** @param {Record<string, string>} values */
  async #allow(values) {
    const choice = choiceOf(values);
    if (!choice) {
      this.problem = t(NO_LIST);
      return;
    }
    /** @type {Answer<RedirectShape>} */
    const { body } = await this.app.session.call('POST', '/oauth/grants', {
      body: { request: this.#request, ...choice },
    });
    this.#goTo(body.redirect_to);
  }

  /** @param {string} address that the server made of a registered one */
  #goTo(address) {
    // A program of this device takes it, and the page stays.
    if (!/^https?:/.test(address)) {
      this.#isDone = true;
      this.redraw();
    }
    location.replace(address);
  }
}

/**
 * Return the parameters of the request. Of one that comes twice the server gets none.
 * @param {string} search
 * @returns {Record<string, string>}
 */
function requestIn(search) {
  const given = new URLSearchParams(search);
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const values = given.getAll(name);
      return values.length === 1 ? [[name, values[0] ?? '']] : [];
    }),
  );
}

const homeLink = () => h('a', { class: 'button', href: '/' }, t('Go to your lists'));

customElements.define('ll-authorize-page', AuthorizePage);
