// How much there is, which processes run, and who may register.

import { h } from '../../base/dom.js';
import { AdminView, sizeText, table, whenText } from './admin_view.js';

/**
 * @import { NodeShape, SiteStateShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @import { Child } from '../../../types/dom.d.ts'
 */

/** @type {Record<string, string>} */
const SETTING_NOTES = {
  REGISTRATION_OPEN: 'Whether anyone may register. Otherwise only invited people may.',
  ALLOWED_EMAIL_DOMAINS: 'Domains of the addresses that may register; empty: all.',
  AUDIT_DAYS: 'How long the audit is kept.',
  SESSION_DAYS: 'How long an unused sign-in lasts.',
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
      h('h2', null, 'Site'),
      facts(this.#counts(site)),
      h('h2', null, 'Processes'),
      table(
        ['Kind', 'Host', 'Version', 'Started', 'Heartbeat', 'Lag'],
        site.nodes.map((node) => this.#node(node)),
        'Processes',
      ),
      h('h2', null, 'Settings'),
      h('p', { class: 'quiet' }, 'The environment sets them: change it and restart the processes.'),
      table(
        ['Setting', 'Value', 'Meaning'],
        site.settings.map(({ name, value }) => ({
          key: name,
          cells: [h('code', null, name), value || '–', SETTING_NOTES[name] ?? ''],
        })),
        'Settings',
      ),
      h(
        'div',
        { class: 'admin-filters' },
        h('button', {
          class: 'button',
          onClick: () => this.reload(),
        }, 'Look again'),
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
      `${counts.estimated.includes(name) ? 'about ' : ''}${number(counts[name])}`;
    const name = database === 'sqlite' ? 'SQLite' : 'Postgres';
    return [
      ['Version', site.version],
      ['Migration', revision === code ? revision : `${revision}; this release needs ${code}`],
      ['Users', `${number(counts.users)}, of them ${number(counts.active_users)} active`],
      ['Lists', counted('lists')],
      ['Todos', counted('todos')],
      ['Events', counted('events')],
      ['Database', `${name}, ${sizeText(site.database_bytes)}`],
      ['Broker', sizeText(site.redis_bytes)],
    ];
  }

  /** @param {NodeShape} node */
  #node(node) {
    const { reader } = this.app;
    const seen = `${Math.round(node.silent_seconds)} s ago`;
    const died = `dead since ${whenText(node.seen_at, reader)}`;
    return {
      key: node.id,
      cells: [
        node.kind === 'api' ? 'API' : 'Worker',
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
