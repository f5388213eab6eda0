// Do my reminders arrive? A button that sends one now, and what became of it, live.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { mailsReminders } from '../../store/select.js';
import { problemText } from '../../format/problems.js';

const WORDS = {
  sending: 'Sending…',
  sent: 'Handed to the mail server. It should be in your mailbox in a moment.',
};

class ReminderTest extends View {
  /** @type {{id: string, state: string, detail: string} | null} */
  test = null;
  problem = '';
  busy = false;
  #early = new Map();

  connected() {
    this.app.store.addEventListener('applied', this.#receive);
  }

  disconnected() {
    this.app.store.removeEventListener('applied', this.#receive);
  }

  #receive = ({ detail }) => {
    if (detail.event !== 'reminder.tested') return;
    const { test } = detail.data;
    // The news may be here before the answer that names it.
    this.#early.set(test.id, test);
    if (this.test?.id !== test.id) return;
    this.test = test;
    this.redraw();
  };

  render() {
    const { test } = this;
    const failed = test && test.state !== 'sent' && (test.state !== 'sending' || test.detail);
    return [
      h(
        'div',
        { class: 'form' },
        h(
          'p',
          { class: 'quiet' },
          `A test comes ${
            mailsReminders(this.state) ? 'the way every reminder does' : 'by mail all the same'
          }, to ${this.state.account?.email}.`,
        ),
        mailsReminders(this.state)
          ? null
          : h('p', { class: 'quiet' }, 'Mails of reminders are off: the others bring none.'),
        h(
          'div',
          null,
          h(
            'button',
            {
              class: 'button',
              disabled: this.busy || (test?.state === 'sending' && !test.detail),
              onClick: () => this.#send(),
            },
            icon('mail'),
            'Send me a test',
          ),
        ),
        h(
          'p',
          { class: failed || this.problem ? 'problem' : 'hint', role: 'status' },
          this.problem || (test && (failed ? test.detail : WORDS[test.state])),
        ),
      ),
    ];
  }

  async #send() {
    this.busy = true;
    this.problem = '';
    this.test = null;
    this.draw();
    try {
      const { body } = await this.app.session.call('POST', '/users/me/reminder-test');
      this.test = this.#early.get(body.id) ?? body;
    } catch (error) {
      this.problem = problemText(error);
    }
    this.busy = false;
    this.redraw();
  }
}

customElements.define('ll-reminder-test', ReminderTest);
