// The only page of a user who must set up two-step verification before they go on.

import { siteFacts } from '../../../site.js';
import { h } from '../../base/dom.js';
import { entryCard } from '../../base/form_view.js';
import { View } from '../../base/view.js';
import '../settings/totp_setup.js';

/** @extends {View<{}>} */
export class RequiredSetup extends View {
  render() {
    const { app } = this;
    const lead =
      `${siteFacts().name} requires two-step verification of your account: beside your ` +
      'password, a code that an app on your phone shows. It takes two minutes.';
    return [
      entryCard(
        'Set up two-step verification',
        lead,
        h('ll-totp-setup', { onDone: () => this.#goOn() }),
        h(
          'p',
          { class: 'entry-other' },
          h('button', { class: 'link', type: 'button', onClick: () => app.signOut() }, 'Sign out'),
        ),
      ),
    ];
  }

  async #goOn() {
    // The new token's answer says that nothing is missing any more.
    await this.app.session.token({ fresh: true });
    await this.app.openAccount();
  }
}

customElements.define('ll-required-setup', RequiredSetup);
