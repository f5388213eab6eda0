// The side bar: the days, the Inbox, the lists, and open invitations.

import { todayTodos } from '../../store/due_queries.js';
import {
  archivedLists,
  inboxOf,
  invitationsOf,
  isAdministrator,
  myLists,
} from '../../store/queries.js';
import { avatar } from '../base/avatar.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { answerInvitation, invitationButtons } from '../components/answer_invitation.js';
import './live_badge.js';
import { bell } from './notification_panel.js';

/**
 * @import { InvitationShape, MyListShape } from '../../types/contract.d.ts'
 * @import { Child } from '../../types/dom.d.ts'
 */

/** @extends {View<{}>} */
export class SideBar extends View {
  static watches = true;
  #archiveOpen = false;

  render() {
    return [
      this.#head(),
      h(
        'nav',
        { class: 'side-nav', 'aria-label': 'Lists' },
        this.#days(),
        invitationsOf(this.state).map((invitation) => this.#invitation(invitation)),
        this.#lists(),
        this.#archive(),
      ),
      h(
        'div',
        { class: 'side-foot' },
        h(
          'nav',
          { 'aria-label': 'More' },
          this.#page('trash', icon('trash'), 'Trash'),
          isAdministrator(this.state) ? this.#page('admin', icon('users'), 'Administration') : null,
          this.#page('settings', icon('settings'), 'Settings'),
        ),
        h('ll-live-badge', { noteId: 'badge-note' }),
      ),
    ];
  }

  #head() {
    const { account } = this.state;
    return h(
      'div',
      { class: 'side-head' },
      h(
        'a',
        { class: 'me', href: '/settings', 'aria-label': `Settings of ${account?.name}` },
        avatar(account),
        h('span', { class: 'me-name' }, account?.name),
      ),
      h(
        'div',
        { class: 'side-tools' },
        bell(this.app),
        h('button', {
          class: 'icon-button',
          'aria-label': 'Search',
          onClick: () => this.app.ui.openDialog({ kind: 'palette', searching: true }),
        }, icon('search')),
      ),
    );
  }

  #days() {
    const { overdue, today } = todayTodos(this.state, this.app.reader);
    const inbox = inboxOf(this.state);
    return [
      this.#page('today', icon('today', 'tint-today'), 'Today', {
        count: overdue.length + today.length,
        warns: overdue.length > 0,
      }),
      this.#page('upcoming', icon('calendar', 'tint-upcoming'), 'Upcoming'),
      inbox ? this.#list(inbox, icon('inbox', 'tint-inbox'), 'Inbox') : null,
    ];
  }

  #lists() {
    const lists = myLists(this.state);
    const makeList = () => this.app.ui.openDialog({ kind: 'list' });
    return [
      h(
        'div',
        { class: 'side-title' },
        h('h2', null, 'Lists'),
        h('button', {
          class: 'icon-button small',
          'aria-label': 'New list',
          onClick: makeList,
        }, icon('plus')),
      ),
      lists.map((list) => this.#namedList(list)),
      lists.length === 0
        ? h(
          'button',
          { class: 'side-link quiet', onClick: makeList },
          icon('plus'),
          h('span', { class: 'side-name' }, 'Make your first list'),
        )
        : null,
    ];
  }

  #archive() {
    const lists = archivedLists(this.state);
    return [
      lists.length > 0
        ? h(
          'button',
          {
            class: 'side-link quiet',
            'aria-expanded': String(this.#archiveOpen),
            onClick: () => {
              this.#archiveOpen = !this.#archiveOpen;
              this.draw();
            },
          },
          icon('archive'),
          h('span', { class: 'side-name' }, 'Archive'),
          h('span', { class: 'count' }, lists.length),
        )
        : null,
      this.#archiveOpen ? lists.map((list) => this.#namedList(list)) : null,
    ];
  }

  /**
   * @param {string} page
   * @param {Child} mark
   * @param {string} name
   */
  #page(page, mark, name, { count = 0, warns = false } = {}) {
    const isCurrent = this.app.router.route.page === page;
    const href = `/${page}`;
    return h(
      'a',
      { key: href, class: 'side-link', href, 'aria-current': isCurrent ? 'page' : undefined },
      mark,
      h('span', { class: 'side-name' }, name),
      count ? h('span', { class: `count ${warns ? 'warns' : ''}` }, count) : null,
    );
  }

  /** @param {MyListShape} list */
  #namedList(list) {
    return this.#list(list, h('span', { class: `dot hue-${list.colour}` }), list.name);
  }

  /**
   * @param {MyListShape} list
   * @param {Child} mark
   * @param {string} name
   */
  #list(list, mark, name) {
    const { route } = this.app.router;
    const isCurrent = route.listId === list.id || (list.is_inbox && route.page === 'home');
    return h(
      'a',
      {
        key: list.id,
        class: 'side-link',
        href: `/lists/${list.id}`,
        'data-drop-list': list.id,
        'aria-current': isCurrent ? 'page' : undefined,
      },
      mark,
      h('span', { class: 'side-name' }, name),
      list.open_count ? h('span', { class: 'count' }, list.open_count) : null,
    );
  }

  /** @param {InvitationShape} invitation */
  #invitation(invitation) {
    return h(
      'div',
      { key: invitation.id, class: 'invite-card' },
      h(
        'p',
        null,
        h('b', null, invitation.invited_by?.name ?? 'Somebody'),
        ' invites you to ',
        h('b', null, invitation.list_name),
      ),
      invitationButtons((verb) => answerInvitation(this.app, invitation, verb)),
    );
  }
}

customElements.define('ll-side-bar', SideBar);
