// The page: a way in for those who are signed out; side bar, list and detail for the others.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { inboxOf, isLoaded, unreadAbout } from '../../store/select.js';
import '../pages/entry_pages.js';
import '../pages/token_pages.js';
import '../pages/mail_page.js';
import './side_bar.js';
import './live_badge.js';
import '../pages/list_page.js';
import '../pages/day_page.js';
import '../pages/trash_page.js';
import '../pages/settings_page.js';
import '../pages/invitation_page.js';
import '../components/todo_detail.js';
import './bottom_bar.js';
import './toasts.js';
import '../dialogs/menu_layer.js';
import '../dialogs/dialog_layer.js';

const ENTRIES = {
  'sign-up': 'll-sign-up',
  forgot: 'll-forgot',
  'check-mail': 'll-check-mail',
  verify: 'll-verify',
  reset: 'll-reset',
  'mail-preferences': 'll-mail-page',
};
// Where links in mails lead.
const OPEN_TO_ALL = new Set(['verify', 'reset', 'mail-preferences']);
const TITLES = {
  today: 'Today',
  upcoming: 'Upcoming',
  trash: 'Trash',
  settings: 'Settings',
  invitation: 'Invitation',
};

class AppShell extends View {
  static watches = true;
  /** Notifications we called read because their todo was open; each once. */
  #called = new Set();

  connected() {
    this.app.router.addEventListener('change', this.redraw);
    document.addEventListener('visibilitychange', this.redraw);
  }

  render() {
    const { phase, router: { route } } = this.app;
    document.title = phase === 'signed-in' ? this.#title(route) : 'Livelist';
    const layers = [
      h('ll-toasts', { key: 'toasts' }),
      h('ll-menu-layer', { key: 'menus' }),
      h('ll-dialog-layer', { key: 'dialogs' }),
    ];
    if (phase === 'starting') return [h('div', { class: 'starting', 'aria-busy': 'true' })];
    if (phase === 'unreachable') return [this.#unreachable()];
    // A link in a mail opens its page whoever is signed in.
    if (phase === 'signed-out' || OPEN_TO_ALL.has(route.page)) {
      return [h(ENTRIES[route.page] ?? 'll-sign-in', { key: route.page }), ...layers];
    }
    return [this.#layout(route), ...layers];
  }

  #unreachable() {
    return h(
      'main',
      { class: 'entry' },
      h(
        'div',
        { class: 'entry-card' },
        h('h1', null, 'Livelist cannot be reached'),
        h(
          'p',
          { class: 'quiet' },
          'Check your connection. This page tries again by itself every few seconds.',
        ),
      ),
    );
  }

  #layout(route) {
    const open = Boolean(route.todoId);
    return h(
      'div',
      {
        key: 'layout',
        class: `layout ${open ? 'with-detail' : ''} ${this.app.ui.drawer ? 'with-drawer' : ''}`,
      },
      h('a', { class: 'skip', href: '#main', 'data-outside': '' }, 'Skip to the list'),
      h('ll-side-bar', { key: 'side', class: 'side' }),
      h('div', { key: 'shade', class: 'shade', onClick: () => this.app.ui.set({ drawer: false }) }),
      h(
        'main',
        { key: 'main', id: 'main', class: 'main', tabindex: '-1' },
        h(
          'div',
          { key: 'badge', class: 'phone-badge' },
          h('ll-live-badge', { noteId: 'phone-badge-note' }),
        ),
        this.#page(route),
      ),
      open
        ? h('ll-todo-detail', {
          key: 'detail',
          class: 'detail',
          role: 'complementary',
          'aria-label': 'Details',
          todoId: this.app.store.realId(route.todoId),
        })
        : null,
      h('ll-bottom-bar', { key: 'bottom', class: 'bottom' }),
    );
  }

  #page(route) {
    const { state } = this;
    switch (route.page) {
      case 'list':
        return h('ll-list-page', { key: route.listId, listId: route.listId });
      case 'today':
      case 'upcoming':
        return h('ll-day-page', { key: route.page, page: route.page });
      case 'trash':
        return h('ll-trash-page', { key: 'trash' });
      case 'settings':
        return h('ll-settings-page', { key: 'settings' });
      case 'invitation':
        return h('ll-invitation-page', { key: 'invitation' });
      default: {
        const inbox = inboxOf(state);
        return inbox ? h('ll-list-page', { key: inbox.id, listId: inbox.id }) : null;
      }
    }
  }

  #title(route) {
    const list = route.page === 'list' ? this.state.lists[route.listId] : inboxOf(this.state);
    const name = TITLES[route.page] ?? (list?.is_inbox ? 'Inbox' : list?.name);
    return name ? `${name} – Livelist` : 'Livelist';
  }

  drawn() {
    this.#readWhatIsOpen();
    // A list that is opened is loaded first, whatever the background is doing.
    const { route } = this.app.router;
    const looks = route.page === 'list' && document.visibilityState === 'visible';
    this.app.live?.presence.setVisibleList(
      looks && isLoaded(this.state, route.listId) ? route.listId : null,
    );
    if (this.app.phase === 'signed-in' && route.listId && !isLoaded(this.state, route.listId)) {
      this.app.live?.load(route.listId);
    }
  }

  /** Who looks at a todo has read what they were told of it. */
  #readWhatIsOpen() {
    const { phase, actions, router: { route } } = this.app;
    if (
      phase !== 'signed-in' || !actions || !route.todoId || document.visibilityState !== 'visible'
    ) return;
    const unread = unreadAbout(this.state, this.app.store.realId(route.todoId)).filter((id) =>
      !this.#called.has(id)
    );
    if (unread.length === 0) return;
    for (const id of unread) this.#called.add(id);
    actions.readNotifications({ notification_ids: unread.slice(0, 100) });
  }
}

customElements.define('ll-app', AppShell);
