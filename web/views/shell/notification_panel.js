// The bell, and behind it what happened to me: read once it was on the screen, a click goes there.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { answerInvitation } from '../components/answer_invitation.js';
import { notificationsOf } from '../../store/select.js';
import { agoText } from '../../format/due.js';
import { notificationText } from '../../format/notifications.js';

/** The button that opens the panel; says how many are new. */
export function bell(app, state) {
  const { unread } = state.notifications;
  return h(
    'button',
    {
      key: 'bell',
      class: 'icon-button bell',
      'aria-haspopup': 'dialog',
      'aria-label': unread ? `Notifications, ${unread} unread` : 'Notifications',
      onClick: (event) => app.ui.openMenu({ kind: 'notifications', anchor: event.currentTarget }),
    },
    icon('bell'),
    unread
      ? h('span', { class: 'bell-count', 'aria-hidden': 'true' }, unread > 99 ? '99+' : unread)
      : null,
  );
}

class NotificationPanel extends View {
  static watches = true;
  /** What was unread when it came on the screen stays marked while the panel is open. */
  #fresh = new Set();
  /** Said once for each newest one: a server that refuses is not asked for ever. */
  #said = null;

  render() {
    const notifications = notificationsOf(this.state);
    for (const notification of notifications) {
      if (!notification.read_at) this.#fresh.add(notification.id);
    }
    return [
      h(
        'div',
        { class: 'menu-title notification-title' },
        h('h2', null, 'Notifications'),
        h(
          'a',
          { class: 'quiet', href: '/settings', onClick: () => this.props.onDone() },
          'Settings',
        ),
      ),
      notifications.length === 0
        ? h(
          'div',
          { class: 'notification-none' },
          icon('bell'),
          h('p', null, 'Nothing yet'),
          h(
            'p',
            { class: 'quiet' },
            'When somebody assigns you a todo, mentions you or invites you, it shows here.',
          ),
        )
        : h(
          'ul',
          { class: 'notification-list' },
          notifications.map((notification) => this.#row(notification)),
        ),
    ];
  }

  drawn() {
    const newest = notificationsOf(this.state).find((notification) => !notification.read_at);
    if (!newest || newest.id === this.#said || document.visibilityState !== 'visible') return;
    this.#said = newest.id;
    this.app.actions?.readNotifications({ through: newest.id });
  }

  #row(notification) {
    const { who, text, what, where, path, mark } = notificationText(this.state, notification);
    const invitation = notification.kind === 'invited'
      ? this.state.invitations[notification.invitation_id]
      : null;
    const body = [
      icon(mark),
      h(
        'span',
        { class: 'notification-body' },
        h(
          'span',
          { class: 'notification-text' },
          who ? h('b', null, who) : null,
          who ? ' ' : '',
          text,
          ' ',
          what,
        ),
        h(
          'span',
          { class: 'quiet' },
          [where, agoText(notification.created_at, this.app.reader)].filter(Boolean).join(' · '),
        ),
      ),
    ];
    return h(
      'li',
      {
        key: notification.id,
        class: `notification-row ${this.#fresh.has(notification.id) ? 'is-fresh' : ''}`,
      },
      path
        ? h('button', {
          class: 'notification-link',
          onClick: () => this.#go(path),
        }, body)
        : h('div', { class: 'notification-link' }, body),
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

customElements.define('ll-notification-panel', NotificationPanel);
