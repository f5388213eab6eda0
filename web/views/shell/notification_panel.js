// The bell, and behind it what happened to me: read once it was on the screen, a click goes there.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { answerInvitation } from '../components/answer_invitation.js';
import { noticesOf } from '../../store/select.js';
import { agoWords } from '../../format/due.js';
import { noticeWords } from '../../format/notifications.js';

/** The button that opens the panel; says how many are new. */
export function bell(app, state) {
  const { unread } = state.notices;
  return h(
    'button',
    {
      key: 'bell',
      class: 'icon-button bell',
      'aria-haspopup': 'dialog',
      'aria-label': unread ? `Notifications, ${unread} unread` : 'Notifications',
      onClick: (event) => app.ui.openMenu('notices', event.currentTarget),
    },
    icon('bell'),
    unread
      ? h('span', { class: 'bell-count', 'aria-hidden': 'true' }, unread > 99 ? '99+' : unread)
      : null,
  );
}

class NoticePanel extends View {
  static watches = true;
  /** What was unread when it came on the screen stays marked while the panel is open. */
  #fresh = new Set();
  /** Said once for each newest one: a server that refuses is not asked for ever. */
  #said = null;

  render() {
    const notices = noticesOf(this.state);
    for (const notice of notices) if (!notice.read_at) this.#fresh.add(notice.id);
    return [
      h(
        'div',
        { class: 'menu-title notice-title' },
        h('h2', null, 'Notifications'),
        h(
          'a',
          { class: 'quiet', href: '/settings', onClick: () => this.props.onDone() },
          'Settings',
        ),
      ),
      notices.length === 0
        ? h(
          'div',
          { class: 'notice-none' },
          icon('bell'),
          h('p', null, 'Nothing yet'),
          h(
            'p',
            { class: 'quiet' },
            'When somebody assigns you a todo, mentions you or invites you, it shows here.',
          ),
        )
        : h('ul', { class: 'notice-list' }, notices.map((notice) => this.#row(notice))),
    ];
  }

  drawn() {
    const newest = noticesOf(this.state).find((notice) => !notice.read_at);
    if (!newest || newest.id === this.#said || document.visibilityState !== 'visible') return;
    this.#said = newest.id;
    this.app.actions?.readNotices({ through: newest.id });
  }

  #row(notice) {
    const { who, words, what, where, path, mark } = noticeWords(this.state, notice);
    const invitation = notice.kind === 'invited'
      ? this.state.invitations[notice.invitation_id]
      : null;
    const body = [
      icon(mark),
      h(
        'span',
        { class: 'notice-body' },
        h(
          'span',
          { class: 'notice-words' },
          who ? h('b', null, who) : null,
          who ? ' ' : '',
          words,
          ' ',
          what,
        ),
        h(
          'span',
          { class: 'quiet' },
          [where, agoWords(notice.created_at, this.app.reader)].filter(Boolean).join(' · '),
        ),
      ),
    ];
    return h(
      'li',
      { key: notice.id, class: `notice-row ${this.#fresh.has(notice.id) ? 'is-fresh' : ''}` },
      path
        ? h('button', {
          class: 'notice-link',
          onClick: () => this.#go(path),
        }, body)
        : h('div', { class: 'notice-link' }, body),
      invitation
        ? h(
          'div',
          { class: 'invite-actions' },
          h('button', {
            class: 'button small primary',
            onClick: () => this.#answer(invitation, 'accept'),
          }, 'Join'),
          h(
            'button',
            { class: 'button small', onClick: () => this.#answer(invitation, 'decline') },
            'Decline',
          ),
        )
        : null,
    );
  }

  #go(path) {
    this.props.onDone();
    this.app.router.go(path);
  }

  #answer(invitation, verb) {
    this.props.onDone();
    answerInvitation(this.app, invitation, verb);
  }
}

customElements.define('ll-notice-panel', NoticePanel);
