// Buttons that sign in with a provider. They come from the facts of the site: no request, and so no
// waiting for a provider, before one is pressed.

import { problemText } from '../../../format/problems.js';
import { t } from '../../../languages/translate.js';
import { goToProvider, providers } from '../../../provider_sign_in.js';
import { request } from '../../../sync/api.js';
import { h } from '../../base/dom.js';
import { View } from '../../base/view.js';

/**
 * @import { StartedSignInShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

/** @extends {View<{except?: string}>} `except`: the name of a provider that is left out */
export class ProviderButtons extends View {
  #busy = false;
  #problem = '';

  connected() {
    addEventListener('pageshow', this.#wake);
  }

  disconnected() {
    removeEventListener('pageshow', this.#wake);
  }

  /** The user came back from the provider by the Back button: the page is as it was left. */
  #wake = () => {
    this.#busy = false;
    this.draw();
  };

  render() {
    return [
      h('p', { class: 'entry-or', role: 'presentation' }, t('or')),
      h('p', { class: 'problem', role: 'alert', hidden: !this.#problem }, this.#problem),
      ...providers().filter(({ name }) => name !== this.props.except).map(({ id, name }) =>
        h('button', {
          key: id,
          class: 'button',
          type: 'button',
          disabled: this.#busy,
          onClick: () => this.#start(id),
        }, t('Continue with {name}', { name }))
      ),
    ];
  }

  /** @param {string} id */
  async #start(id) {
    this.#busy = true;
    this.#problem = '';
    this.draw();
    try {
      /** @type {Answer<StartedSignInShape>} */
      const { body } = await request('POST', `/auth/oidc/${id}/start`, { body: {} });
      goToProvider(body.url);
    } catch (error) {
      this.#busy = false;
      this.#problem = problemText(error);
      this.draw();
    }
  }
}

customElements.define('ll-provider-buttons', ProviderButtons);
