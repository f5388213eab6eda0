// One user: what is known of the account, and what an administrator does with it.

import { t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { AdminView, chooser, whenText } from './admin_view.js';
import { ROLE_NAMES, stateText } from './users.js';

/**
 * @import { ManagedAccountShape, SiteRole } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @import { Child } from '../../../types/dom.d.ts'
 */

/** @extends {AdminView<{userId: string}>} */
export class AdminUser extends AdminView {
  /** @type {ManagedAccountShape | null} */
  #user = null;

  async load() {
    /** @type {Answer<ManagedAccountShape>} */
    const { body } = await this.app.session.call('GET', `/users/${this.props.userId}`);
    this.#user = body;
  }

  content() {
    const user = this.#user;
    if (!user) return null;
    const isOwn = user.id === this.state.account?.id;
    const isAdmin = this.state.account?.site_role === 'admin';
    return [
      h('p', null, h('a', { href: '/admin/users' }, 'All users')),
      h('h2', null, user.name),
      this.#facts(user),
      isAdmin && isOwn
        ? h(
          'p',
          { class: 'quiet' },
          'This is your own account. Another administrator changes your role and your state.',
        )
        : null,
      isAdmin && !isOwn ? this.#actions(user) : null,
    ];
  }

  /** @param {ManagedAccountShape} user */
  #facts(user) {
    const { reader } = this.app;
    /** @type {[string, Child][]} */
    const facts = [
      ['Address', user.email],
      ['Role', ROLE_NAMES[user.site_role]],
      ['State', stateText(user, reader)],
      ['Since', whenText(user.created_at, reader)],
      ['Last sign-in', whenText(user.last_login_at, reader)],
      [
        'Mail',
        user.mail_refused_at
          ? `Not delivered since ${whenText(user.mail_refused_at, reader)}: ${user.mail_refusal}`
          : 'Delivered, as far as is known',
      ],
      ['Id', h('code', null, user.id)],
    ];
    return h(
      'dl',
      { class: 'admin-facts' },
      facts.map(([name, value]) => [h('dt', null, name), h('dd', null, value)]),
    );
  }

  /** @param {ManagedAccountShape} user */
  #actions(user) {
    return [
      section(
        'Role',
        'A moderator sees all users. An administrator does everything on these pages.',
        chooser(
          'Role',
          Object.entries(ROLE_NAMES),
          user.site_role,
          (role) => this.#askForRole(user, role),
        ),
      ),
      this.#access(user),
      this.#linkSection(user),
      section(
        'Second factors',
        'For a user who lost the phone and the recovery codes. All devices are signed out.',
        this.#button('Remove second factors', () => this.#askToResetFactors(user)),
      ),
      user.mail_refused_at
        ? section(
          'Mail',
          'Its mail server refused this address. Once it is repaired, send mail again.',
          this.#button('Send mail again', () => this.#mailAgain(user)),
        )
        : null,
      section(
        'Delete',
        'The account goes with its Inbox and the lists that only this user is in.',
        this.#button('Delete the account', () => this.#askToDelete(user), 'danger'),
      ),
    ];
  }

  /** @param {ManagedAccountShape} user */
  #access(user) {
    if (user.delete_at) {
      const day = whenText(user.delete_at, this.app.reader);
      return section(
        'Enable',
        `The user asked to delete this account: it goes on ${day}. Enabling stops that.`,
        this.#button('Enable and keep', () => this.#askToKeep(user)),
      );
    }
    return user.status === 'disabled'
      ? section(
        'Enable',
        'The user can sign in again. API tokens stay revoked.',
        this.#button('Enable', () => this.#setStatus(user, 'active')),
      )
      : section(
        'Disable',
        'The user is signed out everywhere and cannot sign in.',
        this.#button('Disable', () => this.#askToDisable(user)),
      );
  }

  /**
   * @param {string} text
   * @param {() => void} onClick
   */
  #button(text, onClick, tone = '') {
    return h('button', { class: `button ${tone}`.trim(), onClick }, text);
  }

  /**
   * @param {ManagedAccountShape} user
   * @param {string} role
   */
  #askForRole({ id, name, site_role: before }, role) {
    if (role === before) return;
    // The select shows the role that the user has until it is changed.
    this.reload();
    const text = `${name} becomes ${ROLE_NAMES[role]?.toLowerCase()} at once, on all devices.`;
    this.ask(`Change the role of ${name}?`, text, 'Change the role', async () => {
      const body = { site_role: /** @type {SiteRole} */ (role) };
      await this.app.session.call('PATCH', `/users/${id}`, { body });
      return 'The role is changed.';
    });
  }

  /** @param {ManagedAccountShape} user */
  #askToDisable(user) {
    this.ask(
      `Disable ${user.name}?`,
      'All devices are signed out now, and API tokens are revoked for good. Lists stay.',
      'Disable',
      () => this.#patchStatus(user, 'disabled'),
    );
  }

  /** @param {ManagedAccountShape} user */
  #askToKeep(user) {
    this.ask(
      `Keep the account of ${user.name}?`,
      'The user asked to delete it. It will not be deleted, the user can sign in again, and gets ' +
        'a mail that says so.',
      'Enable and keep',
      () => this.#patchStatus(user, 'active'),
      true,
    );
  }

  /**
   * @param {ManagedAccountShape} user
   * @param {'active' | 'disabled'} status
   */
  #setStatus(user, status) {
    this.act(() => this.#patchStatus(user, status));
  }

  /**
   * @param {ManagedAccountShape} user
   * @param {'active' | 'disabled'} status
   */
  async #patchStatus({ id, name }, status) {
    await this.app.session.call('PATCH', `/users/${id}`, { body: { status } });
    return status === 'active' ? `${name} can sign in again.` : `${name} is disabled.`;
  }

  /**
   * The mail with a link: of the invitation until it is followed, then for a new password.
   * @param {ManagedAccountShape} user
   */
  #linkSection(user) {
    if (user.status === 'pending') {
      return section(
        t('Invitation'),
        t('The user has not followed the link of the invitation yet.'),
        this.#button(t('Send the invitation again'), () => this.#inviteAgain(user)),
      );
    }
    if (user.status !== 'active') return null;
    return section(
      'Password',
      'The user gets a mail with a link for a new password. You do not see it.',
      this.#button('Send the link', () => this.#sendLink(user)),
    );
  }

  /** @param {ManagedAccountShape} user */
  #inviteAgain({ id, email }) {
    this.act(async () => {
      await this.app.session.call('POST', `/admin/users/${id}/invitation`);
      return t('The invitation is on its way to {email}.', { email });
    });
  }

  /** @param {ManagedAccountShape} user */
  #sendLink({ id, email }) {
    this.act(async () => {
      await this.app.session.call('POST', `/admin/users/${id}/password-reset`);
      return `The link is on its way to ${email}.`;
    });
  }

  /** @param {ManagedAccountShape} user */
  #askToResetFactors({ id, name }) {
    const text =
      'After that the password alone signs in. Be sure who asks you: attackers ask, too. ' +
      'The user gets a mail about it.';
    this.ask(`Remove the second factors of ${name}?`, text, 'Remove', async () => {
      await this.app.session.call('DELETE', `/users/${id}/second-factors`);
      return `The second factors of ${name} are removed.`;
    });
  }

  /** @param {ManagedAccountShape} user */
  #mailAgain({ id, email }) {
    this.act(async () => {
      await this.app.session.call('DELETE', `/admin/users/${id}/mail-refusal`);
      return `Mail is sent to ${email} again.`;
    });
  }

  /** @param {ManagedAccountShape} user */
  #askToDelete({ id, name }) {
    const text =
      'There is no way back. What the user wrote in shared lists stays, without the name.';
    this.ask(`Delete the account of ${name}?`, text, 'Delete', async () => {
      await this.app.session.call('DELETE', `/users/${id}`);
      this.app.router.go('/admin/users', { replace: true });
      return `The account of ${name} is deleted.`;
    });
  }
}

/**
 * @param {string} title
 * @param {string} text
 * @param {Child} action
 */
const section = (title, text, action) =>
  h(
    'section',
    { class: 'settings-section', key: title },
    h('h3', null, title),
    h('p', { class: 'quiet' }, text),
    h('div', null, action),
  );

customElements.define('ll-admin-user', AdminUser);
