// The page of "stop these mails" in a mail. It needs no sign-in: the token is in the fragment.
// Opening the page stops nothing; its button does.

import { problemText } from '../../../format/problems.js';
import { request } from '../../../sync/api.js';
import { h } from '../../base/dom.js';
import { entryCard } from '../../base/form_view.js';
import { View } from '../../base/view.js';
import { KINDS } from '../../../format/notification_kinds.js';
import { INCOMPLETE, inFragment, takeToken } from './mail_link_pages.js';

/**
 * @import { MailChoice, MailPreferencesShape, Mails } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

/**
 * What one press stops, by the name in the link.
 * @type {Record<Mails, {text: string, kinds: string[], digest?: boolean}>}
 */
const MAILS = {
  notifications: {
    text: 'mails about what you have not seen',
    kinds: ['assigned', 'mentioned', 'commented', 'removed'],
  },
  invitations: { text: 'mails about invitations', kinds: ['invited'] },
  digest: { text: 'daily mails', kinds: [], digest: true },
  reminders: { text: 'mails of your reminders', kinds: ['reminded'] },
};

/**
 * @param {string | null} name
 * @returns {name is Mails}
 */
const isMails = (name) => name !== null && Object.hasOwn(MAILS, name);

/** @extends {View<{}>} */
export class MailPage extends View {
  #mails = inFragment('mails');
  #token = takeToken();
  /** @type {MailPreferencesShape | null} */
  #preferences = null;
  #problem = '';
  #busy = false;

  connected() {
    if (this.#token) this.#send('POST', {});
  }

  render() {
    if (this.#preferences) return [this.#page(this.#preferences)];
    if (this.#token && !this.#problem) return [entryCard('Your mails…', 'One moment.')];
    return [
      entryCard(
        'This link does not work',
        this.#problem || INCOMPLETE,
        h('a', { class: 'button', href: '/settings' }, 'Choose in the settings'),
      ),
    ];
  }

  /** @param {MailPreferencesShape} preferences */
  #page({ email, mail, digest }) {
    return entryCard(
      'Your mails',
      `Which mails go to ${email}. Those about your sign-in and your address come always.`,
      this.#stopButton(mail, digest),
      h(
        'ul',
        { class: 'mail-kinds' },
        KINDS.map(([kind, text]) => {
          const box = this.#box(text, mail[kind] ?? false, (isOn) => ({ mail: { [kind]: isOn } }));
          return h('li', { key: kind }, h('label', null, box));
        }),
      ),
      h(
        'label',
        { class: 'mail-digest' },
        this.#box('A mail a day', digest, (isOn) => ({ digest: isOn })),
      ),
      h('p', { class: 'problem', role: 'alert', hidden: !this.#problem }, this.#problem),
    );
  }

  /**
   * @param {string} text
   * @param {boolean} checked
   * @param {(isOn: boolean) => Omit<MailChoice, 'token'>} choice
   */
  #box(text, checked, choice) {
    return [
      h('input', {
        type: 'checkbox',
        disabled: this.#busy,
        checked,
        onChange: (event) => this.#send('PATCH', choice(event.currentTarget.checked)),
      }),
      h('span', null, text),
    ];
  }

  /**
   * @param {Record<string, boolean>} mail
   * @param {boolean} isDaily
   */
  #stopButton(mail, isDaily) {
    if (!isMails(this.#mails)) return null;
    const { text, kinds, digest } = MAILS[this.#mails];
    if (kinds.every((kind) => !mail[kind]) && !(digest && isDaily)) {
      return h('p', { class: 'mail-stopped', role: 'status' }, `You get no ${text} any more.`);
    }
    return h('button', {
      class: 'button primary',
      disabled: this.#busy,
      onClick: () =>
        this.#send('PATCH', {
          mail: Object.fromEntries(kinds.map((kind) => [kind, false])),
          ...(digest ? { digest: false } : {}),
        }),
    }, `Stop ${text}`);
  }

  /**
   * @param {string} method
   * @param {Omit<MailChoice, 'token'>} choice
   */
  async #send(method, choice) {
    this.#busy = true;
    this.#problem = '';
    if (this.#preferences) this.draw();
    try {
      /** @type {Answer<MailPreferencesShape>} */
      const { body } = await request(method, '/mail/preferences', {
        body: { token: this.#token, ...choice },
      });
      this.#preferences = body;
    } catch (error) {
      this.#problem = problemText(error);
    }
    this.#busy = false;
    if (this.isConnected) this.draw();
  }
}

customElements.define('ll-mail-page', MailPage);
