// Search the users of the site, and invite one.

import { roleName } from '../../../languages/role_names.js';
import { message, t, tn } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { empty } from '../page_parts.js';
import { AdminView, chooser, dayText, table } from './admin_view.js';

/**
 * @import {
 *   ManagedAccountShape, NumberedPage_ManagedAccountShape_,
 * } from '../../../types/contract.d.ts'
 * @import { Answer, Reader } from '../../../types/client.d.ts'
 * @import { Field } from '../../base/form_view.js'
 */

/** @type {[string, string][]} */
const ROLES = [['', message('Every role')], ['user', message('Users')], [
  'moderator',
  message('Moderators'),
], [
  'admin',
  message('Administrators'),
]];
/** @type {[string, string][]} */
const STATES = [
  ['', message('Every state')],
  ['active', message('Active')],
  ['pending', message('Not confirmed')],
  ['disabled', message('Disabled')],
  ['refused', message('Mail not delivered')],
];
/** @type {Record<string, string>} */
const STATE_NAMES = {
  active: message('Active'),
  pending: message('Not confirmed'),
  disabled: message('Disabled'),
};

/**
 * Return the state of an account: also when it is deleted, if its user asked for that.
 * @param {ManagedAccountShape} user
 * @param {Reader} reader
 */
export const stateText = ({ status, delete_at: at }, reader) =>
  at
    ? t('Will be deleted on {day}', { day: dayText(at, reader) })
    : t(STATE_NAMES[status] ?? status);

/** @type {Field[]} */
const FIELDS = [
  { name: 'email', label: message('Address'), type: 'email', autocomplete: 'off' },
  { name: 'name', label: message('Name'), optional: true, autocomplete: 'off' },
];

/** @extends {AdminView<{}>} */
export class AdminUsers extends AdminView {
  /** @type {NumberedPage_ManagedAccountShape_ | null} */
  #page = null;
  #words = '';
  #role = '';
  #state = '';
  #number = 1;
  #isInviting = false;

  async load() {
    const query = new URLSearchParams({ page: String(this.#number), page_size: '25' });
    if (this.#words) query.set('q', this.#words);
    if (this.#role) query.set('role', this.#role);
    if (this.#state === 'refused') query.set('mail_refused', 'true');
    else if (this.#state) query.set('status', this.#state);
    /** @type {Answer<NumberedPage_ManagedAccountShape_>} */
    const { body } = await this.app.session.call('GET', `/users?${query}`);
    this.#page = body;
  }

  content() {
    const page = this.#page;
    if (!page) return null;
    return [
      this.#filters(),
      this.#isInviting ? this.#invitation() : null,
      h(
        'p',
        { class: 'quiet', role: 'status' },
        tn(page.total, '{count} user', '{count} users'),
      ),
      page.items.length > 0
        ? table(
          [t('Name'), t('Address'), t('Role'), t('State'), t('Since')],
          page.items.map((user) => this.#row(user)),
          t('Users'),
        )
        : empty('user', t('Nobody found'), t('Search for another name or address.')),
      this.#pager(page),
    ];
  }

  #filters() {
    return h(
      'div',
      { class: 'admin-filters' },
      h('input', {
        class: 'input',
        type: 'search',
        'aria-label': t('Search name or address'),
        placeholder: t('Name or address'),
        onChange: ({ currentTarget }) => this.#show({ words: currentTarget.value }),
      }),
      chooser(t('Role'), ROLES, this.#role, (role) => this.#show({ role })),
      chooser(t('State'), STATES, this.#state, (state) => this.#show({ state })),
      this.state.account?.site_role === 'admin'
        ? h('button', {
          class: 'button',
          'aria-expanded': String(this.#isInviting),
          onClick: () => {
            this.#isInviting = !this.#isInviting;
            this.draw();
          },
        }, t('Invite a user'))
        : null,
    );
  }

  #show({ words = this.#words, role = this.#role, state = this.#state, number = 1 }) {
    this.#words = words;
    this.#role = role;
    this.#state = state;
    this.#number = number;
    this.reload();
  }

  #invitation() {
    return h(
      'section',
      { class: 'settings-section admin-panel', key: 'invitation' },
      h('h2', null, t('Invite a user')),
      h(
        'p',
        { class: 'quiet' },
        t(
          'They get a mail with a link by which they choose a password, also while registration ' +
            'is closed.',
        ),
      ),
      this.form(FIELDS, t('Send the invitation'), (values) => this.#invite(values)),
    );
  }

  /** @param {Record<string, string>} values */
  async #invite({ email = '', name = '' }) {
    const body = { email: email.trim(), ...(name.trim() ? { name: name.trim() } : {}) };
    await this.app.session.call('POST', '/admin/users', { body });
    this.#isInviting = false;
    this.app.ui.toast(t('The invitation to {email} is on its way.', { email: body.email }));
    await this.reload();
  }

  /** @param {ManagedAccountShape} user */
  #row(user) {
    const { id, name, email, site_role: role, mail_refused_at: refused, created_at: at } = user;
    const marks = [stateText(user, this.app.reader), refused ? t('mail not delivered') : ''];
    return {
      key: id,
      cells: [
        h('a', { href: `/admin/users/${id}` }, name),
        email,
        roleName(role),
        marks.filter(Boolean).join(', '),
        dayText(at, this.app.reader),
      ],
    };
  }

  /** @param {NumberedPage_ManagedAccountShape_} page */
  #pager({ page, total_pages: pages, has_prev: hasPrevious, has_next: hasNext }) {
    if (pages <= 1) return null;
    /**
     * @param {string} text
     * @param {number} number
     * @param {boolean} isPossible
     */
    const button = (text, number, isPossible) =>
      h('button', {
        class: 'button small',
        disabled: !isPossible,
        onClick: () => this.#show({ number }),
      }, text);
    return h(
      'div',
      { class: 'admin-pager' },
      button(t('Previous'), page - 1, hasPrevious),
      h('span', { class: 'quiet' }, t('Page {page} of {pages}', { page, pages })),
      button(t('Next'), page + 1, hasNext),
    );
  }
}

customElements.define('ll-admin-users', AdminUsers);
