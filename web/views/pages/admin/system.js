// How much there is, which processes run, and who may register.

import { message, t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { sizeText } from '../../base/size.js';
import { AdminView, table, whenText } from './admin_view.js';

/**
 * @import { NodeShape, SiteStateShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @import { Child } from '../../../types/dom.d.ts'
 */

/** @type {Record<string, string>} */
const SETTING_NOTES = {
  REGISTRATION_OPEN: message('Whether anyone may register. Otherwise only invited people may.'),
  ALLOWED_EMAIL_DOMAINS: message('Domains of the addresses that may register; empty: all.'),
  AUDIT_DAYS: message('How long the audit is kept.'),
  SESSION_DAYS: message('How long an unused sign-in lasts.'),
};

/** @extends {AdminView<{}>} */
export class AdminSystem extends AdminView {
  /** @type {SiteStateShape | null} */
  #site = null;

  async load() {
    /** @type {Answer<SiteStateShape>} */
    const { body } = await this.app.session.call('GET', '/admin/site');
    this.#site = body;
  }

  content() {
    const site = this.#site;
    if (!site) return null;
    return [
      h('h2', null, t('Site')),
      facts(this.#counts(site)),
      h('h2', null, t('Processes')),
      table(
        [t('Kind'), t('Host'), t('Version'), t('Started'), t('Heartbeat'), t('Lag')],
        site.nodes.map((node) => this.#node(node)),
        t('Processes'),
      ),
      h('h2', null, t('Settings')),
      h(
        'p',
        { class: 'quiet' },
        t('The environment sets them: change it and restart the processes.'),
      ),
      table(
        [t('Setting'), t('Value'), t('Meaning')],
        site.settings.map(({ name, value }) => ({
          key: name,
          cells: [h('code', null, name), value || '–', t(SETTING_NOTES[name] ?? '')],
        })),
        t('Settings'),
      ),
      h(
        'div',
        { class: 'admin-filters' },
        h('button', {
          class: 'button',
          onClick: () => this.reload(),
        }, t('Look again')),
      ),
    ];
  }

  /**
   * @param {SiteStateShape} site
   * @returns {[string, Child][]}
   */
  #counts(site) {
    const { counts, database, revision, code_revision: code } = site;
    /** @param {number} count */
    const number = (count) => count.toLocaleString(this.app.reader.locale);
    /** @param {'lists' | 'todos' | 'events'} name */
    const counted = (name) =>
      counts.estimated.includes(name)
        ? t('about {number}', { number: number(counts[name]) })
        : number(counts[name]);
    /** @param {number | null} bytes */
    const size = (bytes) =>
      bytes === null ? t('no answer') : sizeText(bytes, this.app.reader.locale);
    const name = database === 'sqlite' ? 'SQLite' : 'Postgres';
    return [
      [t('Version'), site.version],
      [
        t('Migration'),
        revision === code
          ? revision
          : t('{revision}; this release needs {code}', { revision, code }),
      ],
      [
        t('Users'),
        t('{number}, of them {active} active', {
          number: number(counts.users),
          active: number(counts.active_users),
        }),
      ],
      [t('Lists'), counted('lists')],
      [t('Todos'), counted('todos')],
      [t('Events'), counted('events')],
      [t('Database'), `${name}, ${size(site.database_bytes)}`],
      [t('Broker'), size(site.redis_bytes)],
    ];
  }

  /** @param {NodeShape} node */
  #node(node) {
    const { reader } = this.app;
    const seen = t('{seconds} s ago', { seconds: Math.round(node.silent_seconds) });
    const died = t('dead since {when}', { when: whenText(node.seen_at, reader) });
    return {
      key: node.id,
      cells: [
        node.kind === 'api' ? 'API' : t('Worker'),
        node.host,
        node.version || 'unknown',
        whenText(node.started_at, reader),
        node.is_alive ? seen : h('span', { class: 'problem' }, died),
        node.lag_milliseconds === null ? '–' : `${node.lag_milliseconds} ms`,
      ],
    };
  }
}

/** @param {[string, Child][]} rows */
const facts = (rows) =>
  h(
    'dl',
    { class: 'admin-facts' },
    rows.map(([name, value]) => [h('dt', null, name), h('dd', null, value)]),
  );

customElements.define('ll-admin-system', AdminSystem);
