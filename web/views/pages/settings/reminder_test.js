// Tests whether the user's reminders arrive: a button sends one, and its outcome is shown live.

import { problemText } from '../../../format/problems.js';
import { message, t } from '../../../languages/translate.js';
import { mailsReminders } from '../../../store/queries.js';
import { h } from '../../base/dom.js';
import { icon } from '../../base/icons.js';
import { View } from '../../base/view.js';

/**
 * @import { EventFrame, ReminderTestShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

/** @type {Record<string, string>} */
const TEXTS = {
  sending: message('Sending…'),
  sent: message('Handed to the mail server. It should be in your mailbox in a moment.'),
};

/** @extends {View<{}>} */
export class ReminderTest extends View {
  /** @type {ReminderTestShape | null} */
  #test = null;
  #problem = '';
  #busy = false;
  /** @type {Map<string, ReminderTestShape>} outcomes that came before the answer that names them */
  #early = new Map();

  connected() {
    this.app.store.addEventListener('applied', this.#receive);
  }

  disconnected() {
    this.app.store.removeEventListener('applied', this.#receive);
  }

  /** @param {CustomEvent<EventFrame>} event */
  #receive = ({ detail }) => {
    if (detail.event !== 'reminder.tested') return;
    const { test } = detail.data;
    this.#early.set(test.id, test);
    if (this.#test?.id !== test.id) return;
    this.#test = test;
    this.redraw();
  };

  render() {
    const isMailed = mailsReminders(this.state);
    const values = { email: this.state.account?.email ?? '' };
    const isSending = this.#test?.state === 'sending' && !this.#test.detail;
    return [
      h(
        'div',
        { class: 'form' },
        h(
          'p',
          { class: 'quiet' },
          isMailed
            ? t('A test comes the way every reminder does, to {email}.', values)
            : t('A test comes by mail all the same, to {email}.', values),
        ),
        isMailed
          ? null
          : h('p', { class: 'quiet' }, t('Mails of reminders are off: the others bring none.')),
        h(
          'div',
          null,
          h(
            'button',
            { class: 'button', disabled: this.#busy || isSending, onClick: () => this.#send() },
            icon('mail'),
            t('Send me a test'),
          ),
        ),
        this.#outcome(),
      ),
    ];
  }

  #outcome() {
    const test = this.#test;
    const isFailed = test && test.state !== 'sent' && (test.state !== 'sending' || test.detail);
    return h(
      'p',
      { class: isFailed || this.#problem ? 'problem' : 'hint', role: 'status' },
      this.#problem || (test && (isFailed ? test.detail : t(TEXTS[test.state]))),
    );
  }

  async #send() {
    this.#busy = true;
    this.#problem = '';
    this.#test = null;
    this.draw();
    try {
      /** @type {Answer<ReminderTestShape>} */
      const { body } = await this.app.session.call('POST', '/users/me/reminder-test');
      this.#test = this.#early.get(body.id) ?? body;
    } catch (error) {
      this.#problem = problemText(error);
    }
    this.#busy = false;
    this.redraw();
  }
}

customElements.define('ll-reminder-test', ReminderTest);
