// Starts the page: makes the one App, connects its parts, and draws it.

import {
  accountLive,
  emptyWindow,
  followRenames,
  openOutbox,
  returnToPath,
  speak,
  storedAccount,
  takeAddress,
  takeLanguage,
} from './account_parts.js';
import { readerLocale } from './format/locale.js';
import { loadLanguage, wantedLanguage } from './languages/loading.js';
import { language, t } from './languages/translate.js';
import { confirmLink, keepReturnPath, waitingLink } from './provider_sign_in.js';
import { Drafts } from './store/drafts.js';
import { OverwriteDetector } from './store/overwrites.js';
import { inboxOf } from './store/queries.js';
import { ENTRY_PAGES, LINK_PAGES, Router, STORED_PAGES } from './store/router.js';
import { Store } from './store/store.js';
import { UiState } from './store/ui_state.js';
import { forgetPush, keepPush } from './push.js';
import { restoreGuestSession } from './sync/guest/guest_session.js';
import { keepBadge } from './installed_app.js';
import { Session } from './sync/session.js';
import { drawNow } from './views/base/frame.js';
import { saveDrafts } from './views/base/save_drafts.js';
import { useApp } from './views/base/view.js';
import { toastOccurrence } from './views/components/occurrence_toasts.js';
import { toastOverwrites } from './views/components/overwrite_toasts.js';
import './views/shell/app_shell.js';
import { askToConfirm } from './views/shell/ask_to_confirm.js';
import { ignoreComposition } from './views/shell/composition.js';
import { startKeys } from './views/shell/keyboard.js';
import { applyTheme } from './views/shell/theme.js';
import { registerWorkerAfterLoad } from './worker_registration.js';

/**
 * @import { Reader, SignOutReason } from './types/client.d.ts'
 * @import { Live } from './sync/live_sync.js'
 * @import { Outbox } from './sync/outbox.js'
 * @import { StoredAccount } from './storage/stored_account.js'
 * @import { Actions } from './store/actions.js'
 * @typedef {'starting' | 'signed-out' | 'must-set-up' | 'signed-in' | 'leaving' | 'unreachable'}
 *   Phase
 */

// Due dates pass while nothing else changes: draw again this often.
const REDRAW_MS = 30_000;
const RETRY_MS = 3_000;
// A user who signs out waits at most this long until the last change is sent; it is kept anyway.
const LAST_WRITES_MS = 2_000;
const BROWSER = Intl.DateTimeFormat().resolvedOptions();

export class App {
  store = new Store();
  /** The guest's session in this tab, if there is one, or the sign-in of the browser. */
  guest = restoreGuestSession();
  // A page of a guest calls nothing of a Session that GuestSession lacks.
  session = /** @type {Session} */ (/** @type {unknown} */ (this.guest) ?? new Session());
  router = new Router();
  ui = new UiState(() => {
    this.store.announce();
    if (this.ui.isCovering) this.router.cover();
    // After `change` was dispatched: what a key opens must have the focus before the next key.
    queueMicrotask(drawNow);
  });
  drafts = new Drafts(() => this.store.announce());
  /** @type {Phase} */
  phase = 'starting';
  /** @type {Actions | null} */
  actions = null;
  /** @type {Live | null} */
  live = null;
  /** @type {Outbox | null} */
  outbox = null;
  /** @type {StoredAccount | null} */
  stored = null;
  #overwrites = new OverwriteDetector();
  /** @type {Promise<void> | null} */
  #opening = null;

  constructor() {
    this.router.addEventListener('change', () => {
      this.ui.set({ menu: null, drawer: false, editing: null });
    });
    this.router.closeTopmost = () => this.ui.closeTopmost();
    this.session.confirmIdentity = (methods) => askToConfirm(this, methods);
    this.session.addEventListener('signed-in', () => this.#startAgain());
    this.session.addEventListener('setup-required', () => this.#enterSetup());
    this.session.addEventListener('confirmed', () => this.#confirmed());
    this.session.addEventListener('signed-out', ({ detail }) => this.#closeAccount(detail));
    followRenames(this);
    this.store.addEventListener('applied', ({ detail }) => {
      toastOverwrites(this, this.#overwrites, detail);
      toastOccurrence(this, detail);
    });
    this.store.addEventListener('account', () => takeLanguage(this));
    setInterval(() => this.store.announce(), REDRAW_MS);
    keepBadge(this);
  }

  /**
   * The user as a reader: dates are written for their zone and language.
   * @returns {Reader}
   */
  get reader() {
    const { account } = this.store.shown;
    return {
      zone: account?.time_zone ?? BROWSER.timeZone,
      locale: readerLocale(this.locale, language(), account),
      now: Date.now(),
    };
  }

  /** The locale of the account or the browser, of which `reader` has only the region. */
  get locale() {
    return this.store.shown.account?.locale || BROWSER.locale;
  }

  async start() {
    try {
      if (await this.#openStored()) return;
      if (await this.session.resume()) return await this.openAccount();
      // If the sign-in ended while no page was open, its push subscription may be left.
      this.#forgetPush();
      this.#setPhase('signed-out');
    } catch {
      // The server ended the session of this guest: the page of the link is on its way.
      if (this.guest && !this.guest.isSignedIn) return;
      this.#setPhase('unreachable');
      setTimeout(() => this.start(), RETRY_MS);
    }
  }

  /**
   * Open the page with what is stored, and go on from there when the server answers. Return false
   * if nothing is stored for the user who is signed in.
   */
  async #openStored() {
    const user = this.guest ? null : this.session.lastUser;
    const { page, listId } = this.router.route;
    if (!user || !STORED_PAGES.has(page) || waitingLink()) return false;
    const live = accountLive(this);
    const open = () => {
      this.session.assume(user);
      this.live = live;
      this.drafts.open(stored.drafts);
      openOutbox(this, stored);
      this.#setPhase('signed-in');
      takeAddress(this);
    };
    const stored = storedAccount(this, user);
    if (!await stored.restore(listId, open).catch(() => false)) return false;
    // Signing out may have been quicker.
    if (this.live !== live) return true;
    live.startStored();
    stored.keep();
    keepPush(this.session, user).catch(() => {});
    return true;
  }

  /** The server goes on with the session as which the page was opened. */
  #confirmed() {
    if (this.session.deleteAt) this.#enter('leaving');
    else if (this.session.mustSetUp) this.#enterSetup();
  }

  /** Another window signed in, perhaps by a link of the mail that this one says to look for. */
  #startAgain() {
    // Do not interrupt a user who is choosing a new password in this window.
    if (this.phase !== 'signed-out' || this.router.route.page === 'reset') return;
    this.#setPhase('starting');
    this.start();
  }

  /** Load the account and show the page of a user who is signed in. */
  openAccount() {
    // Open once, although another window and this one may report a sign-in at the same time.
    this.#opening ??= this.#openAccount().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #openAccount() {
    if (this.phase === 'signed-in') return;
    if (this.session.deleteAt) {
      this.#setPhase('leaving');
      return;
    }
    if (this.session.mustSetUp) return this.#enterSetup();
    const live = accountLive(this);
    this.live = live;
    await live.start();
    if (this.live !== live) return;
    const userId = this.store.confirmed.account?.id;
    if (!userId) return;
    await speak(this);
    if (this.live !== live) return;
    // A guest comes back as another one: what they typed would stay on the device for nobody.
    const stored = storedAccount(this, userId);
    if (!this.guest) {
      this.drafts.open(stored.drafts);
      this.session.remember(userId);
      stored.keep();
    }
    openOutbox(this, stored);
    const { page } = this.router.route;
    // A page takes the token out of the address: this one was not drawn yet, and has work to do.
    const isLink = LINK_PAGES.includes(page) && location.hash.includes('token=');
    this.#setPhase('signed-in');
    if (ENTRY_PAGES.includes(page) && !isLink) returnToPath(this, userId);
    else takeAddress(this);
    if (this.guest) return await live.load(this.guest.guest.list_id);
    confirmLink(this);
    const first = this.router.route.listId ?? inboxOf(this.store.confirmed)?.id;
    if (first) await live.load(first);
    await live.loadAll();
    // If it fails, only pushes are missing, and the next visit tries again.
    keepPush(this.session, userId).catch(() => {});
  }

  /** Show the page that sets a second factor up, in place of all others. */
  #enterSetup() {
    this.#enter('must-set-up');
  }

  /** @param {'must-set-up' | 'leaving'} phase */
  #enter(phase) {
    this.#stop();
    this.#setPhase(phase);
  }

  #stop({ isForgotten = false } = {}) {
    this.live?.stop();
    this.outbox?.stop({ isForgotten });
    this.live = this.outbox = this.actions = null;
  }

  /** Sign out once what was typed is sent. What was not stays on this device only if asked. */
  async signOut({ isKeeping = false } = {}) {
    await this.sendLastWrites();
    this.live?.stop();
    await this.session.signOut(isKeeping ? 'chosen' : 'deleted');
  }

  /** Send what waits to be sent, and give up after a moment. */
  async sendLastWrites() {
    saveDrafts();
    await Promise.race([
      this.outbox?.flush(),
      new Promise((end) => setTimeout(end, LAST_WRITES_MS)),
    ]);
  }

  /** @param {SignOutReason} reason */
  #closeAccount(reason) {
    const isDeleting = reason === 'deleted' || this.guest !== null;
    // Into the outbox, which keeps it for the next sign-in of this user.
    if (!isDeleting) saveDrafts();
    this.#stop({ isForgotten: isDeleting });
    const user = this.stored?.user;
    this.stored?.forget({ all: isDeleting });
    this.stored = null;
    // The page of the link follows.
    if (this.guest) return;
    this.#forgetPush();
    emptyWindow(isDeleting, user);
    if (reason === 'expired' || reason === 'ended') keepReturnPath(user);
    this.#overwrites = new OverwriteDetector();
    this.drafts.close();
    this.store.clear();
    this.store.setUnsent(0);
    this.ui.clearAll();
    this.#setPhase('signed-out');
    this.router.go('/sign-in');
    if (reason === 'expired') this.ui.toast(t('You have been signed out. Sign in again to go on.'));
  }

  /** The next user of this browser did not ask to be notified on this device. */
  #forgetPush() {
    forgetPush().catch(() => {});
  }

  /** @param {Phase} phase */
  #setPhase(phase) {
    this.phase = phase;
    this.store.announce();
  }
}

ignoreComposition();
applyTheme();
const app = new App();
useApp(app);
// Beside what the app asks the server first. A page in English waits for nothing.
const texts = loadLanguage(wantedLanguage());
if (texts) texts.then(show);
else show();
app.start();
registerWorkerAfterLoad();

function show() {
  document.querySelector('.not-loaded')?.remove();
  document.body.prepend(document.createElement('ll-app'));
  startKeys(app);
}
