// The page of "stop these mails" in a mail. It needs no sign-in: the token is in the fragment.
// Opening the page stops nothing; its button does.

import { problemText } from '../../../format/problems.js';
import { message, t } from '../../../languages/translate.js';
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
 * @type {Record<Mails, {stop: string, none: string, kinds: string[], digest?: boolean}>}
 */
const MAILS = {
  notifications: {
    stop: message('Stop mails about what you have not seen'),
    none: message('You get no mails about what you have not seen any more.'),
    kinds: ['assigned', 'mentioned', 'commented', 'removed'],
  },
  invitations: {
    stop: message('Stop mails about invitations'),
    none: message('You get no mails about invitations any more.'),
    kinds: ['invited'],
  },
  digest: {
    stop: message('Stop daily mails'),
    none: message('You get no daily mails any more.'),
    kinds: [],
    digest: true,
  },
  reminders: {
    stop: message('Stop mails of your reminders'),
    none: message('You get no mails of your reminders any more.'),
    kinds: ['reminded'],
  },
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
    if (this.#token && !this.#problem) return [entryCard(t('Your mails…'), t('One moment.'))];
    return [
      entryCard(
        t('This link does not work'),
        this.#problem || INCOMPLETE,
        h('a', { class: 'button', href: '/settings' }, t('Choose in the settings')),
      ),
    ];
  }

  /** @param {MailPreferencesShape} preferences */
  #page({ email, mail, digest }) {
    return entryCard(
      t('Your mails'),
      t('Which mails go to {email}. Those about your sign-in and your address come always.', {
        email,
      }),
      this.#stopButton(mail, digest),
      h(
        'ul',
        { class: 'mail-kinds' },
        KINDS.map(([kind, text]) => {
          const box = this.#box(
            t(text),
            mail[kind] ?? false,
            (isOn) => ({ mail: { [kind]: isOn } }),
          );
          return h('li', { key: kind }, h('label', null, box));
        }),
      ),
      h(
        'label',
        { class: 'mail-digest' },
        this.#box(t('A mail a day'), digest, (isOn) => ({ digest: isOn })),
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
    const { stop, none, kinds, digest } = MAILS[this.#mails];
    if (kinds.every((kind) => !mail[kind]) && !(digest && isDaily)) {
      return h('p', { class: 'mail-stopped', role: 'status' }, t(none));
    }
    return h('button', {
      class: 'button primary',
      disabled: this.#busy,
      onClick: () =>
        this.#send('PATCH', {
          mail: Object.fromEntries(kinds.map((kind) => [kind, false])),
          ...(digest ? { digest: false } : {}),
        }),
    }, t(stop));
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
