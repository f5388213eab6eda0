// Where "stop these mails" in a mail leads: no sign-in, the token is in the fragment. Opening the page
// stops nothing; the button does.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { entryCard } from '../base/form_view.js';
import { KINDS } from './notification_settings.js';
import { INCOMPLETE, inFragment, takeToken } from './token_pages.js';
import { request } from '../../sync/api.js';
import { problemText } from '../../format/problems.js';

/** What one press stops, by the name in the link. */
const MAILS = {
  notifications: {
    words: 'mails about what you have not seen',
    kinds: ['assigned', 'mentioned', 'commented', 'removed'],
  },
  invitations: { words: 'mails about invitations', kinds: ['invited'] },
  digest: { words: 'daily mails', kinds: [], digest: true },
  reminders: { words: 'mails of your reminders', kinds: ['reminded'] },
};

class MailPage extends View {
  about = MAILS[inFragment('mails')] ?? null;
  token = takeToken();
  /** @type {{email: string, mail: Record<string, boolean>} | null} */
  held = null;
  problem = '';
  busy = false;

  connected() {
    if (this.token) this.#send('POST', {});
  }

  render() {
    if (!this.token || (!this.held && this.problem)) {
      return [
        entryCard(
          'This link does not work',
          this.problem || INCOMPLETE,
          h('a', { class: 'button', href: '/settings' }, 'Choose in the settings'),
        ),
      ];
    }
    if (!this.held) return [entryCard('Your mails…', 'One moment.')];
    return [
      entryCard(
        'Your mails',
        `Which mails go to ${this.held.email}. Those about your sign-in and your address come always.`,
        this.#stop(),
        h(
          'ul',
          { class: 'mail-kinds' },
          KINDS.map(([kind, words]) =>
            h(
              'li',
              { key: kind },
              h(
                'label',
                null,
                h('input', {
                  type: 'checkbox',
                  disabled: this.busy,
                  checked: this.held.mail[kind] ?? false,
                  onChange: (event) =>
                    this.#send('PATCH', { mail: { [kind]: event.target.checked } }),
                }),
                h('span', null, words),
              ),
            )
          ),
        ),
        h(
          'label',
          { class: 'mail-digest' },
          h('input', {
            type: 'checkbox',
            disabled: this.busy,
            checked: this.held.digest,
            onChange: (event) => this.#send('PATCH', { digest: event.target.checked }),
          }),
          h('span', null, 'A mail a day'),
        ),
        h('p', { class: 'problem', role: 'alert', hidden: !this.problem }, this.problem),
      ),
    ];
  }

  #stop() {
    if (!this.about) return null;
    const { words, kinds, digest } = this.about;
    if (kinds.every((kind) => !this.held.mail[kind]) && !(digest && this.held.digest)) {
      return h('p', { class: 'mail-stopped', role: 'status' }, `You get no ${words} any more.`);
    }
    return h('button', {
      class: 'button primary',
      disabled: this.busy,
      onClick: () =>
        this.#send('PATCH', {
          mail: Object.fromEntries(kinds.map((kind) => [kind, false])),
          ...(digest ? { digest: false } : {}),
        }),
    }, `Stop ${words}`);
  }

  async #send(method, wish) {
    this.busy = true;
    this.problem = '';
    if (this.held) this.draw();
    try {
      this.held =
        (await request(method, '/mail/preferences', { body: { token: this.token, ...wish } })).body;
    } catch (error) {
      this.problem = problemText(error);
    }
    this.busy = false;
    if (this.isConnected) this.draw();
  }
}

customElements.define('ll-mail-page', MailPage);
