// Who is in a list, what they may do, and who is still invited.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { avatar } from '../base/avatar.js';
import { membersOf } from '../../store/select.js';
import { problemText } from '../../format/problems.js';

const ROLES = { owner: 'Owner', editor: 'Editor', commenter: 'Commenter', viewer: 'Viewer' };

class MembersDialog extends View {
  invitations = [];
  problem = '';
  note = '';
  busy = false;
  #members = 0;

  connected() {
    if (this.#list?.role === 'owner' || this.#list?.role === 'editor') this.#fetch();
  }

  get #list() {
    return this.state.lists[this.props.dialog.listId];
  }

  async #fetch() {
    try {
      this.invitations =
        (await this.app.session.call('GET', `/lists/${this.#list.id}/invitations`)).body.items;
    } catch {
      this.invitations = [];
    }
    this.redraw();
  }

  render() {
    const list = this.#list;
    if (!list) return [h('h2', null, 'You are no longer in this list')];
    const owner = list.role === 'owner';
    return [
      h(
        'div',
        { class: 'dialog-head' },
        h('h2', null, `Share “${list.name}”`),
        h('button', {
          class: 'icon-button',
          'aria-label': 'Close',
          onClick: () => this.app.ui.closeDialog(),
        }, icon('close')),
      ),
      owner ? this.#form() : null,
      h('p', {
        class: this.problem ? 'problem' : 'quiet',
        role: 'status',
        hidden: !(this.problem || this.note),
      }, this.problem || this.note),
      h(
        'div',
        { class: 'people', role: 'list' },
        membersOf(this.state, list.id).map((member) => this.#member(member, owner)),
        this.invitations.map((invitation) => this.#invitation(invitation, owner)),
      ),
    ];
  }

  /** Somebody came in while the dialog is open: their invitation is no longer one. */
  drawn() {
    const { length } = this.#list ? membersOf(this.state, this.#list.id) : [];
    if (this.#members && length > this.#members) {
      this.note = '';
      if (this.invitations.length > 0) this.#fetch();
    }
    this.#members = length;
  }

  #form() {
    return h(
      'form',
      {
        class: 'invite-form',
        novalidate: true,
        onSubmit: (event) => {
          event.preventDefault();
          this.#invite(event.target);
        },
      },
      h('input', {
        class: 'input',
        type: 'email',
        name: 'email',
        placeholder: 'name@example.org',
        'aria-label': 'Email address to invite',
        autofocus: true,
        autocomplete: 'off',
      }),
      roleSelect('editor', { name: 'role', 'aria-label': 'Role' }, [
        'editor',
        'commenter',
        'viewer',
      ]),
      h('button', { class: 'button primary', type: 'submit', disabled: this.busy }, 'Invite'),
    );
  }

  #member({ user, role }, owner) {
    const me = user.id === this.state.account.id;
    return h(
      'div',
      { key: user.id, class: 'person-row', role: 'listitem' },
      avatar(user, 'large'),
      h(
        'div',
        { class: 'person-name' },
        h('p', null, user.name, me ? h('span', { class: 'quiet' }, ' (you)') : null),
      ),
      owner && !me
        ? roleSelect(role, {
          'aria-label': `Role of ${user.name}`,
          onChange: (event) => this.#role(user, event.target),
        })
        : h('span', { class: 'quiet' }, ROLES[role]),
      owner && !me
        ? h('button', {
          class: 'icon-button small',
          'aria-label': `Remove ${user.name}`,
          onClick: () => this.#remove(user),
        }, icon('close'))
        : null,
    );
  }

  #invitation(invitation, owner) {
    return h(
      'div',
      { key: invitation.id, class: 'person-row', role: 'listitem' },
      h('span', { class: 'avatar large hue-grey' }, icon('mail')),
      h(
        'div',
        { class: 'person-name' },
        h('p', null, invitation.email),
        h('p', { class: 'quiet' }, `Invited · ${ROLES[invitation.role].toLowerCase()}`),
      ),
      owner
        ? h(
          'button',
          { class: 'button small', onClick: () => this.#withdraw(invitation) },
          'Withdraw',
        )
        : null,
    );
  }

  async #invite(form) {
    const { email, role } = Object.fromEntries(new FormData(form));
    if (!/^\S+@\S+$/.test(email)) {
      this.problem = 'Write the address of the person you want to invite.';
      return this.draw();
    }
    await this.#run(async () => {
      const { body } = await this.app.session.call('POST', `/lists/${this.#list.id}/invitations`, {
        body: { email, role },
      });
      this.invitations = [...this.invitations.filter(({ id }) => id !== body.id), body];
      this.note = `An invitation is on its way to ${email}.`;
      form.reset();
    });
    return form.elements.email.focus();
  }

  #role(user, select) {
    const before = this.state.contents[this.#list.id].members[user.id].role;
    return this.#run(
      () =>
        this.app.session.call('PATCH', `/lists/${this.#list.id}/members/${user.id}`, {
          body: { role: select.value },
        }),
      () => {
        select.value = before;
      },
    );
  }

  #remove(user) {
    const listId = this.#list.id;
    this.app.ui.openDialog({
      kind: 'confirm',
      title: `Remove ${user.name}?`,
      text: 'They stop seeing this list at once. What they wrote stays.',
      action: 'Remove',
      run: () =>
        this.#run(async () => {
          await this.app.session.call('DELETE', `/lists/${listId}/members/${user.id}`);
          this.app.ui.toast(`${user.name} is no longer in the list.`);
        }),
    });
  }

  #withdraw(invitation) {
    return this.#run(async () => {
      await this.app.session.call('DELETE', `/lists/${this.#list.id}/invitations/${invitation.id}`);
      this.invitations = this.invitations.filter(({ id }) => id !== invitation.id);
    });
  }

  async #run(work, undo = () => {}) {
    this.problem = this.note = '';
    this.busy = true;
    this.draw();
    try {
      await work();
    } catch (error) {
      undo();
      this.problem = problemText(error);
      if (!this.isConnected) this.app.ui.toast(this.problem, { tone: 'warning' });
    }
    this.busy = false;
    if (this.isConnected) this.draw();
  }
}

function roleSelect(role, props, roles = Object.keys(ROLES)) {
  return h(
    'select',
    { class: 'input role', ...props },
    roles.map((name) => h('option', { value: name, selected: name === role }, ROLES[name])),
  );
}

customElements.define('ll-members-dialog', MembersDialog);
