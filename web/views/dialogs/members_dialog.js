// The members of a list with their roles, and those who are invited.

import { listName } from '../../format/list_name.js';
import { problemText } from '../../format/problems.js';
import { roleName } from '../../languages/role_names.js';
import { message, t } from '../../languages/translate.js';
import { may, membersOf } from '../../store/queries.js';
import { avatar } from '../base/avatar.js';
import { h } from '../base/dom.js';
import { textsOf } from '../base/form_view.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import './share_links.js';

/**
 * @import {
 *   Items_SentInvitationShape_, MemberShape, Role, SentInvitationShape, UserShape,
 * } from '../../types/contract.d.ts'
 * @import { Action } from '../../store/policy.js'
 * @import { Answer } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

const OWNERS_ALONE = message('Only owners can invite others, change roles and remove members.');
/** @type {Role[]} */
const ALL_ROLES = ['owner', 'editor', 'commenter', 'viewer'];
/** @type {Role[]} */
const INVITED_ROLES = ['editor', 'commenter', 'viewer'];

/** @extends {View<{listId: string} & UsedProps>} */
export class MembersDialog extends View {
  /** @type {SentInvitationShape[]} */
  #invitations = [];
  #problem = '';
  #note = '';
  #busy = false;
  #memberCount = 0;

  connected() {
    if (this.#allows('read_invitations')) this.#fetch();
  }

  /** @param {Action} action */
  #allows(action) {
    return may(this.state, this.props.listId, action);
  }

  get #list() {
    return this.state.lists[this.props.listId];
  }

  get #path() {
    return `/lists/${this.props.listId}`;
  }

  async #fetch() {
    try {
      /** @type {Answer<Items_SentInvitationShape_>} */
      const { body } = await this.app.session.call('GET', `${this.#path}/invitations`);
      this.#invitations = body.items;
    } catch {
      this.#invitations = [];
    }
    this.redraw();
  }

  render() {
    const list = this.#list;
    if (!list) return [h('h2', { id: 'dialog-title' }, t('You are no longer in this list'))];
    const note = this.#problem || this.#note;
    const mayInvite = this.#allows('invite_member');
    const name = listName(list);
    const title = mayInvite
      ? t('Share “{list}”', { list: name })
      : t('Members of “{list}”', { list: name });
    return [
      h(
        'div',
        { class: 'dialog-head' },
        h('h2', { id: 'dialog-title' }, title),
        h('button', {
          class: 'icon-button',
          'aria-label': t('Close'),
          onClick: () => this.app.ui.closeDialog(),
        }, icon('close')),
      ),
      mayInvite ? this.#form() : h('p', { class: 'quiet' }, t(OWNERS_ALONE)),
      h(
        'p',
        { class: this.#problem ? 'problem' : 'quiet', role: 'status', hidden: !note },
        note,
      ),
      h(
        'div',
        { class: 'members', role: 'list' },
        membersOf(this.state, list.id).map((member) => this.#member(member)),
        this.#invitations.map((invitation) => this.#invitation(invitation)),
      ),
      this.#allows('manage_links') ? h('ll-share-links', { key: 'links', listId: list.id }) : null,
    ];
  }

  /** A member who joined while the dialog is open is no longer invited. */
  drawn() {
    const count = this.#list ? membersOf(this.state, this.#list.id).length : 0;
    if (this.#memberCount && count > this.#memberCount) {
      this.#note = '';
      if (this.#invitations.length > 0) this.#fetch();
    }
    this.#memberCount = count;
  }

  #form() {
    return h(
      'form',
      {
        class: 'invite-form',
        novalidate: true,
        onSubmit: (event) => {
          event.preventDefault();
          this.#invite(event.currentTarget);
        },
      },
      h('input', {
        class: 'input',
        type: 'email',
        name: 'email',
        placeholder: 'name@example.org',
        'aria-label': t('Email address to invite'),
        autofocus: true,
        autocomplete: 'off',
      }),
      h(
        'select',
        { class: 'input role', name: 'role', 'aria-label': t('Role') },
        roleOptions(INVITED_ROLES, 'editor'),
      ),
      h('button', { class: 'button primary', type: 'submit', disabled: this.#busy }, t('Invite')),
    );
  }

  /** @param {MemberShape} member */
  #member({ user, role, link_id: linkId }) {
    const isMe = user.id === this.state.account?.id;
    return h(
      'div',
      { key: user.id, class: 'member-row', role: 'listitem' },
      avatar(user, 'large'),
      h(
        'div',
        { class: 'member-name' },
        h('p', null, user.name, isMe ? h('span', { class: 'quiet' }, ` ${t('(you)')}`) : null),
      ),
      this.#allows('change_role') && !isMe && !linkId
        ? h('select', {
          class: 'input role',
          'aria-label': t('Role of {user}', { user: user.name }),
          onChange: (event) => this.#setRole(user, event.currentTarget),
        }, roleOptions(ALL_ROLES, role))
        : h('span', { class: 'quiet' }, roleName(role)),
      this.#allows('remove_member') && !isMe
        ? h('button', {
          class: 'icon-button small',
          'aria-label': t('Remove {user}', { user: user.name }),
          onClick: () => this.#confirmRemoving(user),
        }, icon('close'))
        : null,
    );
  }

  /** @param {SentInvitationShape} invitation */
  #invitation(invitation) {
    return h(
      'div',
      { key: invitation.id, class: 'member-row', role: 'listitem' },
      h('span', { class: 'avatar large hue-grey' }, icon('mail')),
      h(
        'div',
        { class: 'member-name' },
        h('p', null, invitation.email),
        h('p', { class: 'quiet' }, `${t('Invited')} · ${roleName(invitation.role)}`),
        invitation.mail_failure ? h('p', { class: 'problem' }, invitation.mail_failure) : null,
      ),
      this.#allows('withdraw_invitation')
        ? h(
          'button',
          { class: 'button small', onClick: () => this.#withdraw(invitation) },
          t('Withdraw'),
        )
        : null,
    );
  }

  /** @param {HTMLFormElement} form */
  async #invite(form) {
    const { email, role } = textsOf(form);
    if (!/^\S+@\S+$/.test(email)) {
      this.#problem = t('Write the address of the person you want to invite.');
      this.draw();
      return;
    }
    await this.#run(async () => {
      await this.app.session.call('POST', `${this.#path}/invitations`, { body: { email, role } });
      // It replaces an open one to the same address, which the server compares.
      await this.#fetch();
      this.#note = t('An invitation is on its way to {email}.', { email });
      form.reset();
    });
    form.querySelector('input')?.focus();
  }

  /**
   * @param {UserShape} user
   * @param {HTMLSelectElement} select
   */
  #setRole(user, select) {
    const before = this.state.contents[this.props.listId].members[user.id].role;
    return this.#run(
      () =>
        this.app.session.call('PATCH', `${this.#path}/members/${user.id}`, {
          body: { role: select.value },
        }),
      () => {
        select.value = before;
      },
    );
  }

  /** @param {UserShape} user */
  #confirmRemoving(user) {
    const path = `${this.#path}/members/${user.id}`;
    this.app.ui.openDialog({
      kind: 'confirm',
      title: t('Remove {user}?', { user: user.name }),
      text: t('They stop seeing this list at once. What they wrote stays.'),
      action: t('Remove'),
      run: () =>
        this.#run(async () => {
          await this.app.session.call('DELETE', path);
          this.app.ui.toast(t('{user} is no longer in the list.', { user: user.name }));
        }),
    });
  }

  /** @param {SentInvitationShape} invitation */
  #withdraw(invitation) {
    return this.#run(async () => {
      await this.app.session.call('DELETE', `${this.#path}/invitations/${invitation.id}`);
      this.#invitations = this.#invitations.filter(({ id }) => id !== invitation.id);
    });
  }

  /**
   * Send a request; show what goes wrong, in a toast if the dialog is closed by then.
   * @param {() => Promise<unknown>} work
   * @param {() => void} [undo]
   */
  async #run(work, undo) {
    this.#problem = this.#note = '';
    this.#busy = true;
    this.draw();
    try {
      await work();
    } catch (error) {
      undo?.();
      this.#problem = problemText(error);
      if (!this.isConnected) this.app.ui.toast(this.#problem, { tone: 'warning' });
    }
    this.#busy = false;
    if (this.isConnected) this.draw();
  }
}

/**
 * @param {Role[]} roles
 * @param {Role} chosen
 */
const roleOptions = (roles, chosen) =>
  roles.map((role) => h('option', { value: role, selected: role === chosen }, roleName(role)));

customElements.define('ll-members-dialog', MembersDialog);
