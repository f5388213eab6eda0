// The administration: its own navigation, and the page that the address names.

import { message, t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { View } from '../../base/view.js';
import { empty } from '../page_parts.js';
import './audit.js';
import './jobs.js';
import './mail.js';
import './system.js';
import './user.js';
import './users.js';

/** @type {[string, string][]} the first part of the address, and its name */
const SECTIONS = [
  ['users', message('Users')],
  ['jobs', message('Jobs')],
  ['mail', message('Mail')],
  ['audit', message('Audit')],
  ['system', message('System')],
];

/** @extends {View<{part: string}>} */
export class Admin extends View {
  static watches = true;

  render() {
    const [section = '', id = ''] = (this.props.part || 'users').split('/');
    const sections = this.#isAdmin ? SECTIONS : SECTIONS.slice(0, 1);
    const isKnown = sections.some(([name]) => name === section);
    return [h(
      'div',
      { class: 'page admin' },
      h('header', { class: 'page-head' }, h('h1', null, t('Administration'))),
      h(
        'nav',
        { class: 'admin-nav', 'aria-label': t('Administration') },
        sections.map(([name, text]) =>
          h('a', {
            key: name,
            href: `/admin/${name}`,
            'aria-current': name === section ? 'page' : undefined,
          }, t(text))
        ),
      ),
      h(
        'div',
        { class: 'admin-body', key: section + id },
        isKnown
          ? page(section, id)
          : empty('help', t('There is no such page'), t('The address may be mistyped.'), null),
      ),
    )];
  }

  get #isAdmin() {
    return this.state.account?.site_role === 'admin';
  }
}

/**
 * @param {string} section
 * @param {string} id
 */
function page(section, id) {
  switch (section) {
    case 'jobs':
      return h('ll-admin-jobs', {});
    case 'mail':
      return h('ll-admin-mail', {});
    case 'audit':
      return h('ll-admin-audit', {});
    case 'system':
      return h('ll-admin-system', {});
    default:
      return id ? h('ll-admin-user', { userId: id }) : h('ll-admin-users', {});
  }
}

customElements.define('ll-admin', Admin);
