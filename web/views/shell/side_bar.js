// Where everything is: the days, the Inbox, the lists, and who invites me.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { avatar } from '../base/avatar.js';
import { archivedLists, inboxOf, invitationsOf, myLists, todayTodos } from '../../store/select.js';
import { answerInvitation } from '../components/answer_invitation.js';
import { bell } from './notification_panel.js';
import './live_badge.js';

class SideBar extends View {
  static watches = true;
  archiveOpen = false;

  render() {
    const { state } = this;
    const { overdue, today } = todayTodos(state, this.app.reader);
    const inbox = inboxOf(state);
    const archived = archivedLists(state);
    return [
      h(
        'div',
        { class: 'side-head' },
        h(
          'a',
          { class: 'me', href: '/settings', 'aria-label': `Settings of ${state.account?.name}` },
          avatar(state.account),
          h('span', { class: 'me-name' }, state.account?.name),
        ),
        h(
          'div',
          { class: 'side-tools' },
          bell(this.app, state),
          h('button', {
            class: 'icon-button',
            'aria-label': 'Search',
            onClick: () => this.app.ui.openDialog({ kind: 'palette', searching: true }),
          }, icon('search')),
        ),
      ),
      h(
        'nav',
        { class: 'side-nav', 'aria-label': 'Lists' },
        this.#link(
          '/today',
          'today',
          icon('today', 'tint-today'),
          'Today',
          overdue.length + today.length,
          overdue.length > 0,
        ),
        this.#link('/upcoming', 'upcoming', icon('calendar', 'tint-upcoming'), 'Upcoming'),
        inbox ? this.#list(inbox, icon('inbox', 'tint-inbox'), 'Inbox') : null,
        this.#invitations(),
        h(
          'div',
          { class: 'side-title' },
          h('h2', null, 'Lists'),
          h('button', {
            class: 'icon-button small',
            'aria-label': 'New list',
            onClick: () => this.app.ui.openDialog({ kind: 'list' }),
          }, icon('plus')),
        ),
        myLists(state).map((list) =>
          this.#list(list, h('span', { class: `dot hue-${list.colour}` }), list.name)
        ),
        myLists(state).length === 0
          ? h(
            'button',
            { class: 'side-link quiet', onClick: () => this.app.ui.openDialog({ kind: 'list' }) },
            icon('plus'),
            h('span', { class: 'side-name' }, 'Make your first list'),
          )
          : null,
        archived.length > 0
          ? h(
            'button',
            {
              class: 'side-link quiet',
              'aria-expanded': String(this.archiveOpen),
              onClick: () => {
                this.archiveOpen = !this.archiveOpen;
                this.draw();
              },
            },
            icon('archive'),
            h('span', { class: 'side-name' }, 'Archive'),
            h('span', { class: 'count' }, archived.length),
          )
          : null,
        this.archiveOpen
          ? archived.map((list) =>
            this.#list(list, h('span', { class: `dot hue-${list.colour}` }), list.name)
          )
          : null,
      ),
      h(
        'div',
        { class: 'side-foot' },
        h(
          'nav',
          { 'aria-label': 'More' },
          this.#link('/trash', 'trash', icon('trash'), 'Trash'),
          this.#link('/settings', 'settings', icon('settings'), 'Settings'),
        ),
        h('ll-live-badge', { noteId: 'badge-note' }),
      ),
    ];
  }

  #link(href, page, mark, name, count = 0, warns = false) {
    const current = this.app.router.route.page === page;
    return h(
      'a',
      { key: href, class: 'side-link', href, 'aria-current': current ? 'page' : undefined },
      mark,
      h('span', { class: 'side-name' }, name),
      count ? h('span', { class: `count ${warns ? 'warns' : ''}` }, count) : null,
    );
  }

  #list(list, mark, name) {
    const { route } = this.app.router;
    const current = route.listId === list.id || (list.is_inbox && route.page === 'home');
    return h(
      'a',
      {
        key: list.id,
        class: 'side-link',
        href: `/lists/${list.id}`,
        'data-drop-list': list.id,
        'aria-current': current ? 'page' : undefined,
      },
      mark,
      h('span', { class: 'side-name' }, name),
      list.open_count ? h('span', { class: 'count' }, list.open_count) : null,
    );
  }

  #invitations() {
    return invitationsOf(this.state).map((invitation) =>
      h(
        'div',
        { key: invitation.id, class: 'invite-card' },
        h(
          'p',
          null,
          h('b', null, invitation.invited_by?.name ?? 'Somebody'),
          ' invites you to ',
          h('b', null, invitation.list_name),
        ),
        h(
          'div',
          { class: 'invite-actions' },
          h('button', {
            class: 'button small primary',
            onClick: () => answerInvitation(this.app, invitation, 'accept'),
          }, 'Join'),
          h('button', {
            class: 'button small',
            onClick: () => answerInvitation(this.app, invitation, 'decline'),
          }, 'Decline'),
        ),
      )
    );
  }
}

customElements.define('ll-side-bar', SideBar);
