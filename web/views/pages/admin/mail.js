// Whether mail is sent, a test mail, and the addresses that get none any more.

import { t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { empty } from '../page_parts.js';
import { AdminView, table, whenText } from './admin_view.js';
import { jobName } from './job_names.js';

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
      h('h2', null, t('Mail')),
      this.#state(this.#mail),
      h(
        'section',
        { class: 'settings-section' },
        h('h3', null, t('Test')),
        h('ll-reminder-test', {}),
      ),
      h('h2', null, t('Suppressed addresses')),
      h(
        'p',
        { class: 'quiet' },
        t('Their mail servers refused them for good. They get only mail about the account.'),
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
      [t('State'), isWorking ? t('Nothing waits for the mail server.') : t('Mail waits.')],
      [t('Last sent'), whenText(mail.last_sent_at, reader)],
      [t('Last failure'), whenText(mail.last_failed_at, reader)],
    ];
    if (mail.waiting_since) facts.push([t('Waits since'), whenText(mail.waiting_since, reader)]);
    if (mail.answer) facts.push([t('The server says'), mail.answer]);
    for (const { kind, answer, until } of mail.paused) {
      facts.push([
        t('Paused: {job}', { job: jobName(kind) }),
        t('until {when}: {answer}', { when: whenText(until, reader), answer }),
      ]);
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
      return empty(
        'mail',
        t('No suppressed addresses'),
        t('Every address that is known accepts mail.'),
      );
    }
    return [
      total > items.length
        ? h(
          'p',
          { class: 'quiet' },
          t('The newest {count} of {total} accounts.', { count: items.length, total }),
        )
        : null,
      table(
        [t('Address'), t('Answer'), t('Since'), ''],
        items.map((user) => this.#row(user)),
        t('Suppressed addresses'),
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
          'aria-label': t('Send mail to {email} again', { email }),
          onClick: () => this.#mailAgain(id, email),
        }, t('Send mail again')),
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
      return t('Mail is sent to {email} again.', { email });
    });
  }
}

customElements.define('ll-admin-mail', AdminMail);
