// The audit of the site: who did what, when, and from where.

import { actionName, factText } from './audit_names.js';
import { message, t } from '../../../languages/translate.js';
import { startOfDay } from '../../../store/dates.js';
import { h } from '../../base/dom.js';
import { textsOf } from '../../base/form_view.js';
import { empty } from '../page_parts.js';
import { AdminView, table, whenText } from './admin_view.js';

/**
 * @import { AuditEntryShape, AuditPage } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

/** @type {[string, string, string][]} name, label, type of the field */
const FILTERS = [
  ['user_id', message('Account (id)'), 'text'],
  ['action', message('What, such as sign_in.failed'), 'text'],
  ['address', message('Network address'), 'text'],
  ['since', message('From day'), 'date'],
  ['until', message('Before day'), 'date'],
];

/** @extends {AdminView<{}>} */
export class AdminAudit extends AdminView {
  /** @type {AuditEntryShape[]} */
  #entries = [];
  /** @type {string | null} */
  #nextCursor = null;
  #query = new URLSearchParams();

  async load() {
    this.#entries = [];
    await this.#loadAfter(null);
  }

  /** @param {string | null} cursor */
  async #loadAfter(cursor) {
    const query = new URLSearchParams(this.#query);
    if (cursor) query.set('before', cursor);
    /** @type {Answer<AuditPage>} */
    const { body } = await this.app.session.call('GET', `/audit?${query}`);
    this.#entries = [...this.#entries, ...body.items];
    this.#nextCursor = body.next_cursor;
    this.redraw();
  }

  render() {
    return [this.#filters(), ...super.render()];
  }

  content() {
    return [
      this.#entries.length > 0
        ? table(
          [t('When'), t('What'), t('Account'), t('By'), t('From'), t('Details')],
          this.#entries.map((entry) => this.#row(entry)),
          t('Audit'),
        )
        : empty(
          'search',
          t('No entries'),
          t('Nothing matches, or it is older than the audit is kept.'),
        ),
      this.#nextCursor
        ? h('button', {
          class: 'button',
          onClick: () => this.#loadAfter(this.#nextCursor),
        }, t('Older entries'))
        : null,
    ];
  }

  #filters() {
    return h(
      'form',
      {
        key: 'filters',
        class: 'admin-filters',
        onSubmit: (event) => {
          event.preventDefault();
          this.#filter(textsOf(event.currentTarget));
        },
      },
      FILTERS.map(([name, label, type]) =>
        h(
          'label',
          { class: 'admin-filter', key: name },
          h('span', { class: 'quiet' }, t(label)),
          h('input', { class: 'input', name, type, autocapitalize: 'none' }),
        )
      ),
      h('button', { class: 'button', type: 'submit' }, t('Show')),
    );
  }

  /** @param {Record<string, string>} values */
  #filter(values) {
    this.#query = new URLSearchParams();
    for (const [name, value] of Object.entries(values)) {
      const isDay = name === 'since' || name === 'until';
      // Days are those of the reader, as the instants in the table are.
      const sent = isDay && value ? startOfDay(value, this.app.reader.zone) : value.trim();
      if (sent) this.#query.set(name, sent);
    }
    this.reload();
  }

  /** @param {AuditEntryShape} entry */
  #row({ id, at, action, user_id: userId, actor_id: actorId, address, facts }) {
    const details = Object.entries(facts).map(([name, value]) => factText(name, value));
    return {
      key: id,
      cells: [
        whenText(at, this.app.reader),
        // Under its name the key, which the filter takes.
        [h('div', null, actionName(action)), h('code', { class: 'quiet' }, action)],
        userLink(userId),
        actorId === userId && actorId ? t('the same') : userLink(actorId),
        address || '–',
        details.join(', ') || '–',
      ],
    };
  }
}

/** @param {string | null} id */
const userLink = (id) => id ? h('a', { href: `/admin/users/${id}` }, id.slice(-6)) : '–';

customElements.define('ll-admin-audit', AdminAudit);
