// One user: what is known of the account, and what an administrator does with it.

import { roleName, SITE_ROLES } from '../../../languages/role_names.js';
import { t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { AdminView, chooser, whenText } from './admin_view.js';
import { stateText } from './users.js';

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
      h('p', null, h('a', { href: '/admin/users' }, t('All users'))),
      h('h2', null, user.name),
      this.#facts(user),
      isAdmin && isOwn
        ? h(
          'p',
          { class: 'quiet' },
          t('This is your own account. Another administrator changes your role and your state.'),
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
      [t('Address'), user.email],
      [t('Role'), roleName(user.site_role)],
      [t('State'), stateText(user, reader)],
      [t('Since'), whenText(user.created_at, reader)],
      [t('Last sign-in'), whenText(user.last_login_at, reader)],
      [
        t('Mail'),
        user.mail_refused_at
          ? t('Not delivered since {when}: {mail_refusal}', {
            when: whenText(user.mail_refused_at, reader),
            mail_refusal: user.mail_refusal,
          })
          : t('Delivered, as far as is known'),
      ],
      [t('Id'), h('code', null, user.id)],
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
        t('Role'),
        t('A moderator sees all users. An administrator does everything on these pages.'),
        chooser(
          t('Role'),
          SITE_ROLES,
          user.site_role,
          (role) => this.#askForRole(user, role),
        ),
      ),
      this.#access(user),
      this.#linkSection(user),
      section(
        t('Second factors'),
        t('For a user who lost the phone and the recovery codes. All devices are signed out.'),
        this.#button(t('Remove second factors'), () => this.#askToResetFactors(user)),
      ),
      user.mail_refused_at
        ? section(
          t('Mail'),
          t('Its mail server refused this address. Once it is repaired, send mail again.'),
          this.#button(t('Send mail again'), () => this.#mailAgain(user)),
        )
        : null,
      section(
        'Delete',
        t('The account goes with its Inbox and the lists that only this user is in.'),
        this.#button(t('Delete the account'), () => this.#askToDelete(user), 'danger'),
      ),
    ];
  }

  /** @param {ManagedAccountShape} user */
  #access(user) {
    if (user.delete_at) {
      const day = whenText(user.delete_at, this.app.reader);
      return section(
        t('Enable'),
        t('The user asked to delete this account: it goes on {day}. Enabling stops that.', { day }),
        this.#button(t('Enable and keep'), () => this.#askToKeep(user)),
      );
    }
    return user.status === 'disabled'
      ? section(
        t('Enable'),
        t('The user can sign in again. API tokens stay revoked.'),
        this.#button(t('Enable'), () => this.#setStatus(user, 'active')),
      )
      : section(
        t('Disable'),
        t('The user is signed out everywhere and cannot sign in.'),
        this.#button(t('Disable'), () => this.#askToDisable(user)),
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
    const text = t('{name} gets the role “{role}” at once, on all devices.', {
      name,
      role: roleName(role),
    });
    this.ask(t('Change the role of {name}?', { name }), text, t('Change the role'), async () => {
      const body = { site_role: /** @type {SiteRole} */ (role) };
      await this.app.session.call('PATCH', `/users/${id}`, { body });
      return t('The role is changed.');
    });
  }

  /** @param {ManagedAccountShape} user */
  #askToDisable(user) {
    this.ask(
      t('Disable {user}?', { user: user.name }),
      t('All devices are signed out now, and API tokens are revoked for good. Lists stay.'),
      t('Disable'),
      () => this.#patchStatus(user, 'disabled'),
    );
  }

  /** @param {ManagedAccountShape} user */
  #askToKeep(user) {
    this.ask(
      t('Keep the account of {user}?', { user: user.name }),
      t(
        'The user asked to delete it. It will not be deleted, the user can sign in again, and ' +
          'gets a mail that says so.',
      ),
      t('Enable and keep'),
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
    return status === 'active'
      ? t('{name} can sign in again.', { name })
      : t('{name} is disabled.', { name });
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
      t('Password'),
      t('The user gets a mail with a link for a new password. You do not see it.'),
      this.#button(t('Send the link'), () => this.#sendLink(user)),
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
      return t('The link is on its way to {email}.', { email });
    });
  }

  /** @param {ManagedAccountShape} user */
  #askToResetFactors({ id, name }) {
    const text = t(
      'After that the password alone signs in. Be sure who asks you: attackers ask, too. ' +
        'The user gets a mail about it.',
    );
    this.ask(t('Remove the second factors of {name}?', { name }), text, t('Remove'), async () => {
      await this.app.session.call('DELETE', `/users/${id}/second-factors`);
      return t('The second factors of {name} are removed.', { name });
    });
  }

  /** @param {ManagedAccountShape} user */
  #mailAgain({ id, email }) {
    this.act(async () => {
      await this.app.session.call('DELETE', `/admin/users/${id}/mail-refusal`);
      return t('Mail is sent to {email} again.', { email });
    });
  }

  /** @param {ManagedAccountShape} user */
  #askToDelete({ id, name }) {
    const text = t(
      'There is no way back. What the user wrote in shared lists stays, without the name.',
    );
    this.ask(t('Delete the account of {name}?', { name }), text, t('Delete'), async () => {
      await this.app.session.call('DELETE', `/users/${id}`);
      this.app.router.go('/admin/users', { replace: true });
      return t('The account of {name} is deleted.', { name });
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
