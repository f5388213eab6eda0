// On a phone: where the thumb reaches.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { icon } from '../base/icons.js';
import { inboxOf, invitationsOf } from '../../store/select.js';

class BottomBar extends View {
  static watches = true;

  render() {
    const { ui, router: { route } } = this.app;
    const inbox = inboxOf(this.state);
    const invited = invitationsOf(this.state).length > 0;
    const { unread } = this.state.notifications;
    const news = [
      invited && 'an invitation waits',
      unread > 0 && `${unread} unread ${unread === 1 ? 'notification' : 'notifications'}`,
    ].filter(Boolean);
    const item = (href, name, label, current) =>
      h(
        'a',
        { class: 'bottom-item', href, 'aria-current': current ? 'page' : undefined },
        icon(name),
        h('span', null, label),
      );
    return [
      h(
        'button',
        {
          class: `bottom-item ${ui.drawer ? 'is-on' : ''}`,
          'aria-expanded': String(ui.drawer),
          onClick: () => ui.set({ drawer: !ui.drawer }),
          'aria-label': news.length > 0 ? ['Lists', ...news].join(', ') : undefined,
        },
        news.length > 0 ? h('span', { class: 'has-news' }, icon('menu')) : icon('menu'),
        h('span', null, 'Lists'),
      ),
      item('/today', 'today', 'Today', route.page === 'today'),
      h(
        'button',
        { class: 'bottom-add', 'aria-label': 'Add a todo', onClick: () => this.#add() },
        icon('plus'),
      ),
      item(
        inbox ? `/lists/${inbox.id}` : '/',
        'inbox',
        'Inbox',
        inbox && (route.listId === inbox.id || route.page === 'home'),
      ),
      h(
        'button',
        {
          class: 'bottom-item',
          onClick: () => ui.openDialog({ kind: 'palette', searching: true }),
        },
        icon('search'),
        h('span', null, 'Search'),
      ),
    ];
  }

  #add() {
    const field = document.querySelector('ll-quick-add input');
    if (field) field.focus();
    else this.app.router.go('/today');
  }
}

customElements.define('ll-bottom-bar', BottomBar);
