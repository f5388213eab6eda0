// The navigation bar at the foot of the page on a phone, within reach of the thumb.

import { t, tn } from '../../languages/translate.js';
import { inboxOf, invitationsOf } from '../../store/queries.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { focusQuickAdd } from './focus_quick_add.js';
import { openPalette } from './keyboard.js';

/**
 * @import { IconName } from '../base/icons.js'
 */

/** @extends {View<{}>} */
export class BottomBar extends View {
  static watches = true;

  render() {
    const { route } = this.app.router;
    const inbox = inboxOf(this.state);
    const isInbox = inbox !== null && (route.listId === inbox.id || route.page === 'home');
    return [
      this.#listsButton(),
      link('/today', 'today', t('Today'), route.page === 'today'),
      h(
        'button',
        {
          class: 'bottom-add',
          'aria-label': t('Add a todo'),
          onClick: () => focusQuickAdd(this.app),
        },
        icon('plus'),
      ),
      link(inbox ? `/lists/${inbox.id}` : '/', 'inbox', t('Inbox'), isInbox),
      h(
        'button',
        {
          class: 'bottom-item',
          onClick: () => openPalette(this.app, true),
        },
        icon('search'),
        h('span', null, t('Search')),
      ),
    ];
  }

  #listsButton() {
    const { ui } = this.app;
    const { unread } = this.state.notifications;
    const waiting = invitationsOf(this.state).length;
    // Instead of the name: a dot alone was taken for news of any kind.
    const invited = waiting > 0 && tn(waiting, '{count} invitation', '{count} invitations');
    const news = [
      invited,
      unread > 0 && tn(unread, '{count} unread notification', '{count} unread notifications'),
    ].filter(Boolean);
    return h(
      'button',
      {
        class: `bottom-item ${ui.drawer ? 'is-on' : ''}`,
        'aria-expanded': String(ui.drawer),
        onClick: () => ui.set({ drawer: !ui.drawer }),
        'aria-label': news.length > 0 ? [t('Lists'), ...news].join(', ') : undefined,
      },
      news.length > 0 ? h('span', { class: 'has-news' }, icon('menu')) : icon('menu'),
      h('span', null, invited || t('Lists')),
    );
  }
}

/**
 * @param {string} href
 * @param {IconName} name
 * @param {string} label
 * @param {boolean} isCurrent
 */
const link = (href, name, label, isCurrent) =>
  h(
    'a',
    { class: 'bottom-item', href, 'aria-current': isCurrent ? 'page' : undefined },
    icon(name),
    h('span', null, label),
  );

customElements.define('ll-bottom-bar', BottomBar);
