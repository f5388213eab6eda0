// What happened to the account, newest first: what, when, from where, and by which API token.

import { listName } from '../../../format/list_name.js';
import { auditSentence } from '../../../format/audit_sentences.js';
import { momentText } from '../../../format/due.js';
import { problemText } from '../../../format/problems.js';
import { message, t } from '../../../languages/translate.js';
import { own } from '../../../own.js';
import { h } from '../../base/dom.js';
import { View } from '../../base/view.js';

/**
 * @import {
 *   AuditEntryShape, AuditGroup, AuditPage, EventFrame,
 * } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

/** @type {[AuditGroup | '', string][]} */
const GROUPS = [
  ['', message('Everything')],
  ['sign_ins', message('Sign-ins and devices')],
  ['credentials', message('Password, address and tokens')],
  ['account', message('The account')],
  ['sharing', message('Sharing')],
];
const FIRST_SHOWN = 8;
// These are in the log at once, so it is read again. Others are seen the next time.
const SHOWN_LIVE = /^(session|api_token|credentials)\./;

/** @extends {View<{}>} */
export class SecurityLog extends View {
  /** @type {AuditEntryShape[]} */
  #entries = [];
  /** @type {string | null} where the next page begins */
  #cursor = null;
  /** @type {string} */
  #group = '';
  #isLoaded = false;
  /** How many entries are shown: few at first, as the page has more sections. */
  #shown = FIRST_SHOWN;
  #problem = '';
  /** Counts reads, so that the answer to an older one is dropped. */
  #reads = 0;

  connected() {
    this.app.store.addEventListener('applied', this.#receive);
    this.#load();
  }

  disconnected() {
    this.app.store.removeEventListener('applied', this.#receive);
  }

  /** @param {CustomEvent<EventFrame>} event */
  #receive = ({ detail }) => {
    if (SHOWN_LIVE.test(detail.event)) this.#load();
  };

  /** @param {string | null} cursor null: from the newest entry on */
  async #load(cursor = null) {
    this.#reads += 1;
    const read = this.#reads;
    const query = new URLSearchParams();
    if (this.#group) query.set('group', this.#group);
    if (cursor) query.set('before', cursor);
    try {
      /** @type {Answer<AuditPage>} */
      const { body } = await this.app.session.call('GET', `/users/me/audit?${query}`);
      if (read !== this.#reads) return;
      this.#entries = cursor ? [...this.#entries, ...body.items] : body.items;
      this.#cursor = body.next_cursor;
      this.#problem = '';
      this.#isLoaded = true;
    } catch (error) {
      if (read !== this.#reads) return;
      this.#problem = problemText(error);
    }
    this.redraw();
  }

  render() {
    const shown = this.#entries.slice(0, this.#shown);
    const isEmpty = this.#isLoaded && this.#entries.length === 0;
    return [
      this.#filter(),
      this.#problem ? h('p', { class: 'problem' }, this.#problem) : null,
      isEmpty ? h('p', { class: 'quiet' }, t('Nothing of this kind happened.')) : null,
      h('ul', { class: 'security-log' }, shown.map((entry) => this.#row(entry))),
      this.#cursor || shown.length < this.#entries.length
        ? h('button', { class: 'button', onClick: () => this.#showOlder() }, t('Show older'))
        : null,
    ];
  }

  #showOlder() {
    const isAllShown = this.#shown >= this.#entries.length;
    this.#shown = Infinity;
    if (isAllShown) this.#load(this.#cursor);
    else this.redraw();
  }

  #filter() {
    const options = GROUPS.map(([value, text]) => h('option', { value }, t(text)));
    return h(
      'div',
      { class: 'field' },
      h('label', { for: 'security-log-group' }, t('Show')),
      h('select', {
        id: 'security-log-group',
        class: 'input',
        onChange: (event) => this.#choose(event.currentTarget.value),
      }, options),
    );
  }

  /** @param {string} group */
  #choose(group) {
    this.#group = group;
    this.#shown = FIRST_SHOWN;
    this.#load();
  }

  /** @param {AuditEntryShape} entry */
  #row(entry) {
    const { id, at, address, list_id: listId, facts } = entry;
    const list = listId ? own(this.state.lists, listId) : undefined;
    const name = listName(list) || undefined;
    const where = address ? t('from {address}', { address }) : '';
    const by = facts.api_token_id ? t('by an API token') : '';
    const when = momentText(at, this.app.reader);
    return h(
      'li',
      { key: id, class: 'plain-row' },
      h(
        'div',
        { class: 'plain-body' },
        h('p', null, auditSentence(entry, this.state.account?.id ?? '', name, list?.is_inbox)),
        h('p', { class: 'quiet' }, [when, where, by].filter(Boolean).join(' · ')),
      ),
    );
  }
}

customElements.define('ll-security-log', SecurityLog);
