// The whole page: entry pages for visitors; side bar, list and details for users.

import { listName } from '../../format/list_name.js';
import { message, t } from '../../languages/translate.js';
import { own } from '../../own.js';
import { siteFacts } from '../../site.js';
import { inboxOf, isAdministrator, isLoaded, isWhole, unreadAbout } from '../../store/queries.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { watchForFiles } from '../attachments/attachments_frame.js';
import '../components/lost_drafts.js';
import '../components/detail_frame.js';
import '../pages/admin_page.js';
import '../pages/day_page.js';
import '../pages/label_frame.js';
import '../pages/list_page.js';
import '../pages/sign_in/sign_in_pages.js';
// The settings share modules with these pages, which must not need the script of the settings.
import '../pages/rare_frame.js';
import '../pages/settings_frame.js';
import './bottom_bar.js';
import { guestBanner } from './guest_banner.js';
import './live_badge.js';
import './side_bar.js';
import './toasts.js';
import { openWithTools, pageTools } from './tools_loading.js';
import { startingPage, unknownPage, unreachablePage } from './whole_pages.js';

/**
 * @import { Route } from '../../store/router.js'
 * @import { RareView } from '../pages/rare_frame.js'
 */

// Pages that links in mails open: the same for visitors and for every signed-in user.
const OPEN_TO_ALL = new Set(['verify', 'reset', 'mail-preferences', 'join', 'provider']);
// Pages that ask a signed-in user to decide, with nothing beside them.
const ASKING = new Set(['authorize', 'device']);
/** @type {Record<string, string>} */
const TITLES = {
  unknown: message('No such page'),
  today: message('Today'),
  upcoming: message('Upcoming'),
  trash: message('Trash'),
  settings: message('Settings'),
  admin: message('Administration'),
  invitation: message('Invitation'),
  authorize: message('Let a program in'),
  device: message('Connect a program'),
};
const bottomBar = () =>
  h('ll-bottom-bar', {
    key: 'bottom',
    class: 'bottom',
    role: 'navigation',
    'aria-label': t('Bottom bar'),
  });

// Most notifications that the server marks as read in one request.
const READ_AT_ONCE = 100;

/** @extends {View<{}>} */
export class AppShell extends View {
  static watches = true;
  /** @type {Set<string>} notifications marked as read because their todo was open, each once */
  #markedRead = new Set();
  /** What the main pane shows: a page, and which list. */
  #shownPage = '';

  connected() {
    watchForFiles(this.app);
    this.app.router.addEventListener('change', this.redraw);
    document.addEventListener('visibilitychange', this.redraw);
  }

  render() {
    const { phase, router: { route } } = this.app;
    document.title = phase === 'signed-in' ? this.#title(route) : siteFacts().name;
    const layers = [
      h('ll-toasts', { key: 'toasts' }),
      h('ll-menu-layer', { key: 'menus' }),
      h('ll-dialog-layer', { key: 'dialogs' }),
    ];
    if (phase === 'starting') {
      const isReturning = this.app.session.wasSignedIn && !OPEN_TO_ALL.has(route.page);
      return isReturning ? [startingPage()] : [];
    }
    if (phase === 'unreachable') return [unreachablePage()];
    if (phase === 'leaving' && !OPEN_TO_ALL.has(route.page)) {
      return [rarePage('ll-leaving-page'), ...layers];
    }
    if (phase === 'must-set-up') {
      return [h('ll-settings-frame', { key: 'setup', view: 'll-required-setup' }), ...layers];
    }
    if (phase === 'signed-out' || OPEN_TO_ALL.has(route.page)) return [entryPage(route), ...layers];
    if (ASKING.has(route.page) && !this.app.guest) return [askingPage(route), ...layers];
    return [this.#layout(route), ...layers];
  }

  /** @param {Route} route */
  #layout(route) {
    const { ui, guest } = this.app;
    const parts = [guest && 'for-guest', route.todoId && 'with-detail', ui.drawer && 'with-drawer'];
    return h(
      'div',
      { key: 'layout', class: ['layout', ...parts].filter(Boolean).join(' ') },
      h('a', { class: 'skip', href: '#main', 'data-outside': '' }, t('Skip to the list')),
      guest ? guestBanner(this.app, guest) : [
        h('ll-side-bar', {
          key: 'side',
          class: 'side',
          role: 'region',
          'aria-label': t('Side bar'),
        }),
        h('div', { key: 'shade', class: 'shade', onClick: () => ui.set({ drawer: false }) }),
      ],
      h(
        'main',
        { key: 'main', id: 'main', class: 'main', tabindex: '-1' },
        guest ? null : h(
          'div',
          { key: 'badge', class: 'phone-badge' },
          h('ll-live-badge', { noteId: 'phone-badge-note' }),
        ),
        h('ll-lost-drafts', { key: 'lost-drafts', class: 'lost-drafts' }),
        this.#page(route),
      ),
      route.todoId
        ? h(pageTools() ? 'll-todo-detail' : 'll-detail-frame', {
          key: 'detail',
          class: 'detail',
          role: 'complementary',
          'aria-label': t('Details'),
          todoId: this.app.store.realId(route.todoId),
        })
        : null,
      selectionBar(),
      guest ? null : bottomBar(),
    );
  }

  /** @param {Route} route */
  #page({ page, listId, part = '' }) {
    // A guest has one list, whatever the address says.
    const only = this.app.guest?.guest.list_id;
    if (only) return h('ll-list-page', { key: only, listId: only });
    switch (page) {
      case 'today':
      case 'upcoming':
        return h('ll-day-page', { key: page, page });
      case 'label':
        return h('ll-label-frame', { key: part, labelId: part });
      case 'trash':
        return rarePage('ll-trash-page');
      case 'settings':
        return h('ll-settings-frame', { key: 'settings', view: 'll-settings-page' });
      case 'invitation':
        return rarePage('ll-invitation-page');
      case 'admin':
        return isAdministrator(this.state)
          ? h('ll-admin-page', { key: 'admin', part })
          : unknownPage();
      case 'unknown':
        return unknownPage();
      default: {
        const shown = listId ?? inboxOf(this.state)?.id;
        const key = shown && this.app.store.firstId(shown);
        return shown ? h('ll-list-page', { key, listId: shown }) : null;
      }
    }
  }

  /** @param {Route} route */
  #title({ page, listId, part = '' }) {
    const list = listId ? own(this.state.lists, listId) : inboxOf(this.state);
    if (page === 'admin' && !isAdministrator(this.state)) page = 'unknown';
    const label = page === 'label' ? own(this.state.personalLabels, part)?.name : '';
    const name = label || t(own(TITLES, page) ?? '') || listName(list);
    return name ? `${name} – ${siteFacts().name}` : siteFacts().name;
  }

  drawn() {
    openWithTools(this.app);
    this.#beginAtTop();
    this.#markOpenTodoRead();
    const { live, phase, router: { route: { listId, page } } } = this.app;
    const shownList = listId ?? (page === 'home' ? inboxOf(this.state)?.id : null);
    const isShown = listId !== undefined && isLoaded(this.state, listId) && isVisible() &&
      Boolean(this.app.store.confirmed.streams[listId]);
    live?.setShownList(shownList ?? null);
    if (shownList) this.app.stored?.opened(shownList);
    live?.presence.setVisibleList(isShown ? listId : null);
    // Load the open list before the lists that load in the background.
    if (phase === 'signed-in' && listId && !isWhole(this.state, listId)) live?.load(listId);
  }

  /** Show another page from its top: where the page before was scrolled to means nothing there. */
  #beginAtTop() {
    const { route: { page, listId = '', part = '' }, isFromHistory } = this.app.router;
    const { store } = this.app;
    const shown = `${page} ${store.firstId(listId)}${store.firstId(part)}`;
    if (shown === this.#shownPage) return;
    this.#shownPage = shown;
    this.querySelector('.main')?.scrollTo(0, 0);
    if (!isFromHistory) scrollTo(0, 0);
  }

  /** Mark the notifications about the open todo as read: the user is looking at it. */
  #markOpenTodoRead() {
    const { phase, actions, store, router: { route } } = this.app;
    if (phase !== 'signed-in' || !actions || !route.todoId || !isVisible()) return;
    const unread = unreadAbout(this.state, store.realId(route.todoId))
      .filter((id) => !this.#markedRead.has(id));
    if (unread.length === 0) return;
    for (const id of unread) this.#markedRead.add(id);
    actions.readNotifications({ notification_ids: unread.slice(0, READ_AT_ONCE) });
  }
}

function selectionBar() {
  const label = t('Selected todos');
  return pageTools() && h('ll-selection-bar', { key: 'bar', role: 'region', 'aria-label': label });
}

const isVisible = () => document.visibilityState === 'visible';

/** @param {RareView} view */
const rarePage = (view) => h('ll-rare-frame', { key: view, view });

/** @param {Route} route */
const askingPage = ({ page }) =>
  rarePage(page === 'device' ? 'll-device-page' : 'll-authorize-page');

/** @param {Route} route */
function entryPage({ page }) {
  const key = page;
  switch (page) {
    case 'sign-up':
      return h('ll-sign-up', { key });
    case 'check-mail':
      return rarePage('ll-check-mail');
    case 'forgot':
      return rarePage('ll-forgot');
    case 'verify':
      return rarePage('ll-verify');
    case 'reset':
      return rarePage('ll-reset');
    case 'mail-preferences':
      return rarePage('ll-mail-page');
    case 'join':
      return rarePage('ll-join');
    case 'provider':
      return rarePage('ll-provider-return');
    default:
      return h('ll-sign-in', { key });
  }
}

customElements.define('ll-app', AppShell);
