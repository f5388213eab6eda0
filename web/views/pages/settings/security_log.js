// What happened to the account, newest first: what, when, from where, and by which API token.

import { listName } from '../../../format/list_name.js';
import { auditSentence } from '../../../format/audit_sentences.js';
import { momentText } from '../../../format/due.js';
import { message, t } from '../../../languages/translate.js';
import { own } from '../../../own.js';
import { h } from '../../base/dom.js';
import { ReadSection } from './parts/read_section.js';

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

export class SecurityLog extends ReadSection {
  /** @type {AuditEntryShape[]} */
  #entries = [];
  /** @type {string | null} where the next page begins */
  #cursor = null;
  /** @type {string | null} where the page begins that is read; null: with the newest entry */
  #before = null;
  /** @type {string} */
  #group = '';
  #isLoaded = false;
  /** How many entries are shown: few at first, as the page has more sections. */
  #shown = FIRST_SHOWN;
  /** Counts reads, so that the answer to an older one is dropped. */
  #reads = 0;

  /** @param {EventFrame} frame */
  receive({ event }) {
    if (SHOWN_LIVE.test(event)) this.#load(null);
  }

  async read() {
    this.#reads += 1;
    const read = this.#reads;
    const before = this.#before;
    const query = new URLSearchParams();
    if (this.#group) query.set('group', this.#group);
    if (before) query.set('before', before);
    /** @type {Answer<AuditPage>} */
    const { body } = await this.app.session.call('GET', `/users/me/audit?${query}`);
    if (read !== this.#reads) return;
    this.#entries = before ? [...this.#entries, ...body.items] : body.items;
    this.#cursor = body.next_cursor;
    this.#isLoaded = true;
  }

  /** @param {string | null} before null: from the newest entry on */
  #load(before) {
    this.#before = before;
    this.load();
  }

  render() {
    const shown = this.#entries.slice(0, this.#shown);
    const isEmpty = this.#isLoaded && this.#entries.length === 0;
    return [
      this.#filter(),
      this.failure(),
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
    this.#load(null);
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
