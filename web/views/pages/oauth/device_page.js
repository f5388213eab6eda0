// The page on which a user enters the code that a program on another device shows, and decides.

import { problemText, refusalIn } from '../../../format/problems.js';
import { message, t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { entryCard, FormView } from '../../base/form_view.js';
import { choiceFields, choiceOf } from './choice.js';
import { askedText, asksText, titleText } from './consent_texts.js';

/**
 * @import { DeviceRequestShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

const WARNING = message(
  'Did somebody send you this code, or ask you to enter it? Then deny it: they would see ' +
    'your lists.',
);
const UNKNOWN = message(
  'No program waits with this code. It is mistyped, was used, or is older than ten minutes.',
);
const NO_LIST = message('Choose at least one list.');

export class DevicePage extends FormView {
  #code = codeIn(location.hash);
  /** @type {DeviceRequestShape | null} */
  #shown = null;
  #isOfSomeLists = false;
  /** @type {'allow' | 'deny' | null} */
  #decided = null;

  render() {
    if (this.#decided) return [this.#decidedCard()];
    return [this.#shown ? this.#card(this.#shown) : this.#codeCard()];
  }

  #codeCard() {
    const field = {
      name: 'user_code',
      label: t('Code'),
      autocomplete: 'off',
      value: this.#code,
      minlength: 8,
      hint: t('Eight letters, such as WDJB-MJHT.'),
    };
    return entryCard(
      t('Connect a program'),
      t('Enter the code that the program on your other device shows.'),
      this.form([field], t('Go on'), ({ user_code: code }) => this.#find(code ?? '')),
    );
  }

  /** @param {DeviceRequestShape} shown */
  #card(shown) {
    const { client_name: name, is_built_in: isBuiltIn, scope } = shown;
    return entryCard(
      titleText(name),
      asksText(scope, false),
      h('p', null, askedText(shown, this.app.reader)),
      isBuiltIn ? null : h('p', { class: 'quiet' }, t('The program chose this name itself.')),
      h('p', { class: shown.is_your_address ? 'quiet' : 'problem' }, t(WARNING)),
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
          onClick: () => this.#deny(),
        }, t('Deny')),
      }),
    );
  }

  #decidedCard() {
    const link = h('a', { class: 'button', href: '/' }, t('Go to your lists'));
    if (this.#decided === 'deny') {
      return entryCard(t('Denied'), t('The program gets nothing. You can close this page.'), link);
    }
    return entryCard(
      t('Connected'),
      t(
        'Go back to the program: it goes on within some seconds. Settings → Connected ' +
          'applications shows it, and disconnects it.',
      ),
      link,
    );
  }

  /** @param {string} code */
  async #find(code) {
    try {
      /** @type {Answer<DeviceRequestShape>} */
      const { body } = await this.app.session.call('POST', '/oauth/device-requests', {
        body: { user_code: code.trim() },
      });
      this.#code = code.trim();
      this.#shown = body;
    } catch (error) {
      if (refusalIn(error)?.status !== 404) throw error;
      this.problem = t(UNKNOWN);
    }
  }

  /** @param {Record<string, string>} values */
  async #allow(values) {
    const choice = choiceOf(values);
    if (!choice) {
      this.problem = t(NO_LIST);
      return;
    }
    await this.#decide({ decision: 'allow', ...choice });
  }

  async #deny() {
    try {
      await this.#decide({ decision: 'deny' });
    } catch (error) {
      this.problem = problemText(error);
    }
    this.redraw();
  }

  /** @param {{decision: 'allow' | 'deny'}} body */
  async #decide(body) {
    await this.app.session.call('POST', '/oauth/device-decisions', {
      body: { user_code: this.#code, ...body },
    });
    this.#decided = body.decision;
  }
}

/**
 * Return the code of an address that the program shows as a whole; "" without one.
 * @param {string} hash
 */
const codeIn = (hash) => new URLSearchParams(hash.slice(1)).get('code')?.slice(0, 20) ?? '';

customElements.define('ll-device-page', DevicePage);
