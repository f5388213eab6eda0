// Whether mail is sent, a test mail, and the addresses that get none any more.

import { h } from '../../base/dom.js';
import { empty } from '../page_parts.js';
import { AdminView, inWords, table, whenText } from './admin_view.js';

/**
 * @import {
 *   ManagedAccountShape, MailReport, NumberedPage_ManagedAccountShape_,
 * } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

/** @extends {AdminView<{}>} */
export class AdminMail extends AdminView {
  /** @type {MailReport | null} */
  #mail = null;
  /** @type {NumberedPage_ManagedAccountShape_ | null} */
  #suppressed = null;

  async load() {
    const { session } = this.app;
    const [mail, suppressed] = await Promise.all([
      /** @type {Promise<Answer<MailReport>>} */
      (session.call('GET', '/admin/mail')),
      /** @type {Promise<Answer<NumberedPage_ManagedAccountShape_>>} */
      (session.call('GET', '/users?mail_refused=true&page_size=100')),
    ]);
    this.#mail = mail.body;
    this.#suppressed = suppressed.body;
  }

  content() {
    if (!this.#mail || !this.#suppressed) return null;
    return [
      h('h2', null, 'Mail'),
      this.#state(this.#mail),
      h('section', { class: 'settings-section' }, h('h3', null, 'Test'), h('ll-reminder-test', {})),
      h('h2', null, 'Suppressed addresses'),
      h(
        'p',
        { class: 'quiet' },
        'Their mail servers refused them for good. They get only mail about the account.',
      ),
      this.#addresses(this.#suppressed),
    ];
  }

  /** @param {MailReport} mail */
  #state(mail) {
    const { reader } = this.app;
    const isWorking = !mail.waiting_since && mail.paused.length === 0;
    /** @type {[string, string][]} */
    const facts = [
      ['State', isWorking ? 'Nothing waits for the mail server.' : 'Mail waits.'],
      ['Last sent', whenText(mail.last_sent_at, reader)],
      ['Last failure', whenText(mail.last_failed_at, reader)],
    ];
    if (mail.waiting_since) facts.push(['Waits since', whenText(mail.waiting_since, reader)]);
    if (mail.answer) facts.push(['The server says', mail.answer]);
    for (const { kind, answer, until } of mail.paused) {
      facts.push([`Paused: ${inWords(kind)}`, `until ${whenText(until, reader)}: ${answer}`]);
    }
    return h(
      'dl',
      { class: 'admin-facts' },
      facts.map(([name, value]) => [h('dt', null, name), h('dd', null, value)]),
    );
  }

  /** @param {NumberedPage_ManagedAccountShape_} page */
  #addresses({ items, total }) {
    if (items.length === 0) {
      return empty('mail', 'No suppressed addresses', 'Every address that is known accepts mail.');
    }
    return [
      total > items.length
        ? h('p', { class: 'quiet' }, `The newest ${items.length} of ${total} accounts.`)
        : null,
      table(
        ['Address', 'Answer', 'Since', ''],
        items.map((user) => this.#row(user)),
        'Suppressed addresses',
      ),
    ];
  }

  /** @param {ManagedAccountShape} user */
  #row({ id, email, mail_refusal: answer, mail_refused_at: at }) {
    return {
      key: id,
      cells: [
        h('a', { href: `/admin/users/${id}` }, email),
        answer,
        whenText(at, this.app.reader),
        h('button', {
          class: 'button small',
          'aria-label': `Send mail to ${email} again`,
          onClick: () => this.#mailAgain(id, email),
        }, 'Send mail again'),
      ],
    };
  }

  /**
   * @param {string} id
   * @param {string} email
   */
  #mailAgain(id, email) {
    this.act(async () => {
      await this.app.session.call('DELETE', `/admin/users/${id}/mail-refusal`);
      return `Mail is sent to ${email} again.`;
    });
  }
}

customElements.define('ll-admin-mail', AdminMail);
