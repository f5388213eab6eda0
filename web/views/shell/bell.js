// The bell, which opens the panel of notifications.

import { t } from '../../languages/translate.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';

/** @import { App } from '../../app.js' */

/**
 * Return the button that opens the panel; it says how many are unread.
 * @param {App} app
 */
export function bell(app) {
  const { unread } = app.store.shown.notifications;
  return h(
    'button',
    {
      key: 'bell',
      class: 'icon-button bell',
      'aria-haspopup': 'dialog',
      'aria-label': unread ? t('Notifications, {unread} unread', { unread }) : t('Notifications'),
      onClick: (event) => app.ui.openMenu({ kind: 'notifications', anchor: event.currentTarget }),
    },
    icon('bell'),
    unread
      ? h('span', { class: 'bell-count', 'aria-hidden': 'true' }, unread > 99 ? '99+' : unread)
      : null,
  );
}
