// The devices on which the user is signed in: how, since when, and buttons to sign them out.

import { deviceText } from '../../../format/device_name.js';
import { METHODS } from '../../../format/audit_sentences.js';
import { agoText } from '../../../format/due.js';
import { problemText } from '../../../format/problems.js';
import { t, tn } from '../../../languages/translate.js';
import { own } from '../../../own.js';
import { h } from '../../base/dom.js';
import { ReadSection } from './parts/read_section.js';

/**
 * @import { EventFrame, SessionShape, SessionsShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

const PATH = '/auth/sessions';
// A sign-in edits the account, which has the time of the last one.
const CHANGES = ['session.revoked', 'account.edited'];

export class SessionList extends ReadSection {
  /** @type {SessionShape[]} */
  #sessions = [];

  /** @param {string} event */
  isAbout(event) {
    return CHANGES.includes(event);
  }

  async read() {
    /** @type {Answer<SessionsShape>} */
    const { body } = await this.app.session.call('GET', PATH);
    this.#sessions = body.items;
  }

  render() {
    const others = this.#sessions.filter(({ current }) => !current);
    return [
      this.failure(),
      this.#sessions.map((session) => this.#row(session)),
      others.length > 1
        ? h('button', { class: 'button', onClick: () => this.#askAndRevokeOthers(others.length) }, [
          t('Sign out everywhere else'),
        ])
        : null,
    ];
  }

  /** @param {SessionShape} session */
  #row({ id, address, current, ...session }) {
    const device = deviceText(session.device);
    const { reader } = this.app;
    const method = own(METHODS, session.sign_in_method);
    const ago = agoText(session.created_at, reader);
    const began = method
      ? t('Signed in {method} {ago}', { method: t(method), ago })
      : t('Signed in {ago}', { ago });
    const used = t('last used {ago}', { ago: agoText(session.last_used_at, reader) });
    const facts = [began, used, address && t('from {address}', { address })];
    return h(
      'div',
      { key: id, class: 'plain-row' },
      h(
        'div',
        { class: 'plain-body' },
        h(
          'p',
          null,
          device,
          current ? h('span', { class: 'label hue-teal' }, t('This device')) : null,
        ),
        h('p', { class: 'quiet' }, facts.filter(Boolean).join(' · ')),
      ),
      current ? null : h('button', {
        class: 'button small',
        'aria-label': t('Sign out {device}', { device }),
        onClick: () => this.#revoke(`${PATH}/${id}`),
      }, t('Sign out')),
    );
  }

  /** @param {number} count */
  #askAndRevokeOthers(count) {
    this.app.ui.openDialog({
      kind: 'confirm',
      title: t('Sign out everywhere else?'),
      text: tn(
        count,
        '{count} device is signed out at once. This one stays signed in.',
        '{count} devices are signed out at once. This one stays signed in.',
      ),
      action: t('Sign out'),
      run: () => this.#revoke(PATH),
    });
  }

  /** @param {string} path */
  async #revoke(path) {
    try {
      await this.app.session.call('DELETE', path);
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
    await this.load();
  }
}

customElements.define('ll-session-list', SessionList);
