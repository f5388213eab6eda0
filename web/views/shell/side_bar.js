// The side bar: the days, the Inbox, open invitations, and the lists.

import { parts, t, tn } from '../../languages/translate.js';
import { todayTodos } from '../../store/due_queries.js';
import { inboxOf, invitationsOf, isAdministrator, ownLabels } from '../../store/queries.js';
import { avatar } from '../base/avatar.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { labelChip } from '../base/label_chip.js';
import { View } from '../base/view.js';
import { answerInvitation, invitationButtons } from '../components/answer_invitation.js';
import { bell } from './bell.js';
import { openPalette } from './keyboard.js';
import './live_badge.js';
import { collapsedFolders, setCollapsed } from '../placement/collapsed_folders.js';
import { countOf, listLink } from '../placement/list_link.js';
import '../placement/side_lists.js';

/**
 * @import { InvitationShape } from '../../types/contract.d.ts'
 * @import { Child } from '../../types/dom.d.ts'
 */

// The user's labels are collapsed as a folder is.
const LABELS = 'labels';

/** @extends {View<{}>} */
export class SideBar extends View {
  static watches = true;
  #collapsed = collapsedFolders();

  render() {
    return [
      this.#head(),
      h(
        'nav',
        { class: 'side-nav', 'aria-label': t('Lists') },
        this.#days(),
        invitationsOf(this.state).map((invitation) => this.#invitation(invitation)),
        h('ll-side-lists', { key: 'lists', class: 'side-lists' }),
        this.#labels(),
      ),
      h(
        'div',
        { class: 'side-foot' },
        h(
          'nav',
          { 'aria-label': t('More') },
          this.#page('trash', icon('trash'), t('Trash')),
          isAdministrator(this.state)
            ? this.#page('admin', icon('users'), t('Administration'))
            : null,
          this.#page('settings', icon('settings'), t('Settings')),
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
        'button',
        {
          class: 'me',
          'aria-haspopup': 'dialog',
          'aria-label': t('Account of {name}', { name: account?.name ?? '' }),
          onClick: ({ currentTarget: anchor }) => this.app.ui.openMenu({ kind: 'account', anchor }),
        },
        avatar(account),
        h('span', { class: 'me-name' }, account?.name),
        icon('down'),
      ),
      h(
        'div',
        { class: 'side-tools' },
        bell(this.app),
        h('button', {
          class: 'icon-button',
          'aria-label': t('Search'),
          onClick: () => openPalette(this.app, true),
        }, icon('search')),
      ),
    );
  }

  #days() {
    const { overdue, today } = todayTodos(this.state, this.app.reader);
    const inbox = inboxOf(this.state);
    return [
      this.#page('today', icon('today', 'tint-today'), t('Today'), {
        count: countOf(
          overdue.length + today.length,
          tn(overdue.length + today.length, '{count} todo due', '{count} todos due'),
          overdue.length > 0,
        ),
      }),
      this.#page('upcoming', icon('calendar', 'tint-upcoming'), t('Upcoming')),
      inbox ? listLink(this.app, inbox, { mark: icon('inbox', 'tint-inbox') }) : null,
    ];
  }

  #labels() {
    const labels = ownLabels(this.state);
    if (labels.length === 0) return null;
    const isOpen = !this.#collapsed.has(LABELS);
    return h(
      'section',
      { key: LABELS, 'aria-labelledby': 'side-labels' },
      h(
        'div',
        { class: 'side-title' },
        h(
          'h2',
          { id: 'side-labels' },
          h(
            'button',
            {
              'aria-expanded': String(isOpen),
              onClick: () => {
                this.#collapsed = setCollapsed(LABELS, isOpen);
                this.draw();
              },
            },
            t('My labels'),
            icon(isOpen ? 'down' : 'right'),
          ),
        ),
      ),
      isOpen
        ? labels.map((label) =>
          this.#page(`labels/${label.id}`, icon('tag'), labelChip({ ...label, isOwn: true }))
        )
        : null,
    );
  }

  /**
   * @param {string} page
   * @param {Child} mark
   * @param {Child} name
   * @param {{count?: Child}} [more]
   */
  #page(page, mark, name, { count = null } = {}) {
    const { page: current, part } = this.app.router.route;
    const isCurrent = page === (current === 'label' ? `labels/${part}` : current);
    const href = `/${page}`;
    return h(
      'a',
      { key: href, class: 'side-link', href, 'aria-current': isCurrent ? 'page' : undefined },
      mark,
      h('span', { class: 'side-name' }, name),
      count,
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
        parts('{name} invites you to {list}', {
          name: h('b', null, invitation.invited_by?.name ?? t('Somebody')),
          list: h('b', null, invitation.list_name),
        }),
      ),
      invitationButtons((verb) => answerInvitation(this.app, invitation, verb)),
    );
  }
}

customElements.define('ll-side-bar', SideBar);
