// The panel of notifications. Those on screen are marked as read; a click on one leads to its todo
// or comment.

import { agoText } from '../../format/due.js';
import { notificationText } from '../../format/notifications.js';
import { parts, t } from '../../languages/translate.js';
import { notificationsOf } from '../../store/queries.js';
import { findTodo } from '../../sync/state.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { answerInvitation, invitationButtons } from '../components/answer_invitation.js';
import { showComment } from '../comments/found_comment.js';

/**
 * @import { NotificationShape } from '../../types/contract.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 * @import { NotificationText } from '../../format/notifications.js'
 */

/** @extends {View<{onDone: () => void} & UsedProps>} */
export class NotificationPanel extends View {
  static watches = true;
  /** @type {Set<string>} what was unread when shown: it stays marked while the panel is open */
  #fresh = new Set();
  /** @type {string | null} sent once for each newest one: a refusing server is not asked forever */
  #markedThrough = null;

  render() {
    const notifications = notificationsOf(this.state);
    for (const { id, read_at: readAt } of notifications) if (!readAt) this.#fresh.add(id);
    return [
      h(
        'div',
        { class: 'menu-title notification-title' },
        h('h2', null, t('Notifications')),
        h(
          'a',
          { class: 'quiet', href: '/settings', onClick: () => this.props.onDone() },
          t('Settings'),
        ),
      ),
      notifications.length === 0 ? emptyPanel() : h(
        'ul',
        { class: 'notification-list' },
        notifications.map((notification) => this.#row(notification)),
      ),
    ];
  }

  drawn() {
    const newest = notificationsOf(this.state).find((notification) => !notification.read_at);
    if (!newest || newest.id === this.#markedThrough) return;
    if (document.visibilityState !== 'visible') return;
    this.#markedThrough = newest.id;
    this.app.actions?.readNotifications({ through: newest.id });
  }

  /** @param {NotificationShape} notification */
  #row(notification) {
    const text = notificationText(this.state, notification);
    const { path } = text;
    const body = [icon(text.mark), this.#body(notification, text)];
    const isFresh = this.#fresh.has(notification.id);
    return h(
      'li',
      { key: notification.id, class: `notification-row ${isFresh ? 'is-fresh' : ''}` },
      path
        ? h(
          'button',
          { class: 'notification-link', onClick: () => this.#go(notification, path) },
          body,
        )
        : h('div', { class: 'notification-link' }, body),
      this.#answers(notification),
    );
  }

  /**
   * @param {NotificationShape} notification
   * @param {NotificationText} text
   */
  #body(notification, { who, text, what, where }) {
    const ago = agoText(notification.created_at, this.app.reader);
    return h(
      'span',
      { class: 'notification-body' },
      h(
        'span',
        { class: 'notification-text' },
        parts(text, { name: h('b', null, who), todo: what }),
      ),
      h('span', { class: 'quiet' }, [where, ago].filter(Boolean).join(' · ')),
    );
  }

  /** @param {NotificationShape} notification */
  #answers({ kind, invitation_id: id }) {
    const invitation = kind === 'invited' && id ? this.state.invitations[id] : null;
    return invitation && invitationButtons((verb) => {
      this.props.onDone();
      answerInvitation(this.app, invitation, verb);
    });
  }

  /**
   * @param {NotificationShape} notification
   * @param {string} path
   */
  #go({ todo_id: id, comment_id: commentId, list_id: listId }, path) {
    this.props.onDone();
    const list_id = id && findTodo(this.state, id)?.list_id || listId;
    if (id && commentId && list_id) showComment(this.app, { id, list_id }, commentId);
    else this.app.router.go(path);
  }
}

function emptyPanel() {
  return h(
    'div',
    { class: 'notification-none' },
    icon('bell'),
    h('p', null, t('Nothing yet')),
    h(
      'p',
      { class: 'quiet' },
      t('When somebody assigns you a todo, mentions you or invites you, it shows here.'),
    ),
  );
}

customElements.define('ll-notification-panel', NotificationPanel);
