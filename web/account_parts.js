// The live sync and the outbox of the signed-in user, connected with the page.

import { refusalText } from './format/problems.js';
import { takeShared } from './installed_app.js';
import { keepLanguage, loadLanguage, wantedLanguage } from './languages/loading.js';
import { language, t } from './languages/translate.js';
import { PAGE, socketUrl, whenIdle } from './page_surroundings.js';
import { takeReturnPath } from './provider_sign_in.js';
import { outboxPeers } from './storage/outbox_peers.js';
import { Actions } from './store/actions.js';
import { keepRefused, takeBack } from './store/refused_drafts.js';
import { StoredAccount } from './storage/stored_account.js';
import { knownRequestOf } from './sync/api.js';
import { Live } from './sync/live_sync.js';
import { Outbox } from './sync/outbox.js';
import { closeNotifications, storeLaterFiles } from './worker_registration.js';
// Before others that load a script later: what they share with the tools is in the script of these.
import { loadTools, withTools } from './views/shell/tools_loading.js';
import { forgetFiles, keepFiles } from './views/attachments/attachments_frame.js';
import { forgetCollapsed } from './views/placement/collapsed_folders.js';

/**
 * @import { App } from './app.js'
 * @import { Mutation } from './types/client.d.ts'
 * @import { Refused } from './sync/api.js'
 */

/**
 * Set the language that the account chose, before the first drawing of its pages.
 * @param {App} app
 */
export async function speak({ guest, store }) {
  const chosen = store.confirmed.account?.language ?? '';
  if (!guest) keepLanguage(chosen);
  await loadLanguage(wantedLanguage(chosen));
}

/**
 * Take over a language that was chosen on another device since the last visit.
 * @param {App} app
 */
export async function takeLanguage(app) {
  // Before, what opens the page sets the language.
  if (app.phase !== 'signed-in') return;
  const before = language();
  await speak(app);
  if (language() !== before) app.store.announce();
}

/**
 * Forget what a window knows of the user beside the account; `all`: also what the device keeps for
 * their next visit, as files that wait to be sent.
 * @param {boolean} all
 * @param {string | undefined} user
 */
export function emptyWindow(all, user) {
  sessionStorage.clear();
  if (all) {
    keepLanguage('');
    forgetCollapsed();
    if (user) forgetFiles(user);
  } else {
    keepFiles();
  }
  closeNotifications().catch(() => {});
  navigator.clearAppBadge?.().catch(() => {});
}

/**
 * Show what was created under its real id once that is known; send as soon as a network is there,
 * and store what the page may need without one.
 * @param {App} app
 */
export function followRenames(app) {
  const { drafts, router, store, ui } = app;
  store.addEventListener('renamed', ({ detail: { from, to } }) => {
    drafts.rename(from, to);
    router.rename(from, to);
    ui.rename(from, to);
    app.actions?.undos.kept.rename(from, to);
  });
  addEventListener('online', () => app.outbox?.flush());
  loadLater(app);
}

/**
 * Once the page has all that it shows, load what nearly every visit uses, and store the scripts
 * that it may load later.
 * @param {App} app
 */
function loadLater(app) {
  const { store } = app;
  const whenLive = () => {
    if (store.connection.state !== 'live') return;
    store.removeEventListener('change', whenLive);
    whenIdle(() => loadTools(app));
    storeLaterFiles(language()).catch(() => {});
  };
  store.addEventListener('change', whenLive);
}

/**
 * Take what another app has shared from the address, or show the comment that the link of a mail
 * names.
 * @param {App} app
 */
export function takeAddress(app) {
  takeShared(app);
  const { listId, todoId } = app.router.route;
  const comment = new URLSearchParams(location.search).get('comment');
  if (!listId || !todoId || !comment) return;
  const todo = { id: todoId, list_id: listId };
  const { search } = location;
  withTools(app, ({ showComment }) => {
    // The user may have turned to something else while the tools were loaded.
    if (location.search === search) showComment(app, todo, comment);
  });
}

/**
 * Show what was open before the user signed in.
 * @param {App} app
 * @param {string} userId
 */
export function returnToPath(app, userId) {
  app.router.go(takeReturnPath(userId), { replace: true });
  takeAddress(app);
}

/**
 * Return the live sync, not started yet.
 * @param {App} app
 */
export function accountLive({ session, store, ui }) {
  return new Live({
    session,
    store,
    url: socketUrl(),
    surroundings: PAGE,
    onSignIn: (text) => {
      // The server ends the session because a user signs out: that is no news.
      const isNews = !session.isLeaving;
      session.end();
      if (isNews) ui.toast(text, { tone: 'warning', stays: true });
    },
  });
}

/**
 * Return an outbox that has not restored yet what is stored.
 * @param {App} app
 * @param {StoredAccount} stored
 */
function accountOutbox(app, { user, outbox: storage }) {
  const { store, session } = app;
  // After signing out, an answer that was on its way is about another user's store.
  const isOpen = () => app.outbox === outbox;
  /** @type {Outbox} */
  const outbox = new Outbox({
    storage,
    send: async (mutation) => {
      const { method, path, body } = knownRequestOf(mutation);
      return await session.call(method, path, { body, key: mutation.key });
    },
    onAnswered: (key, positions) => isOpen() && store.answered(key, positions),
    onRefused: (mutation, error, dropped) => isOpen() && refused(app, mutation, error, dropped),
    onRenamed: (from, to) => isOpen() && store.rename(from, to),
    onAdded: (mutation) => isOpen() && store.addPending(mutation),
    onChange: () => {
      if (!isOpen()) return;
      store.setUnsent(outbox.waiting.length, outbox.unkept);
      if (outbox.waiting.length > 0) askToKeep();
    },
    peers: outboxPeers(user),
  });
  return outbox;
}

/**
 * Say that the browser has removed what the page stored of the user, if it has.
 * @param {App} app
 * @param {StoredAccount} stored
 */
async function sayRemoved({ ui }, stored) {
  if (!await stored.isRemoved().catch(() => false)) return;
  const text = t('This browser has removed its copy of your lists, and any changes not sent.');
  ui.toast(text, { tone: 'warning', stays: true, slot: 'storage' });
}

let isAsked = false;

/** Ask the browser not to remove what it stores, when the first change depends on it. */
function askToKeep() {
  if (isAsked) return;
  isAsked = true;
  navigator.storage?.persist?.().catch(() => {});
}

/**
 * Return what the browser keeps of a user. If it has no more space, say so.
 * @param {App} app
 * @param {string} user
 */
export function storedAccount(app, user) {
  const { store, ui } = app;
  app.stored = new StoredAccount(user, {
    store,
    onFailed: (error) => {
      if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError') return;
      const text = t(
        'This browser has no more space: without a network your lists will be out of date here.',
      );
      ui.toast(text, { tone: 'warning', stays: true, slot: 'storage' });
    },
  });
  return app.stored;
}

/**
 * Open the outbox, and show the changes that an earlier visit could not send.
 * @param {App} app
 * @param {StoredAccount} stored
 */
export async function openOutbox(app, stored) {
  const outbox = accountOutbox(app, stored);
  app.outbox = outbox;
  // A guest comes back as another one.
  const undos = app.guest ? undefined : stored.undos;
  app.actions = new Actions({ store: app.store, outbox, undos });
  sayRemoved(app, stored);
  const kept = await outbox.restore();
  if (app.outbox !== outbox) return;
  for (const mutation of kept) app.store.addPending(mutation);
  app.store.setUnsent(outbox.waiting.length);
}

/**
 * @param {App} app
 * @param {Mutation} mutation
 * @param {Refused} error
 * @param {Mutation[]} dropped
 * @returns {Promise<unknown>} settled once what was typed is a draft on the device
 */
function refused(app, mutation, error, dropped) {
  const { drafts, store, ui } = app;
  // Before what was typed leaves the page.
  const kept = keepRefused(drafts, dropped, store.confirmed);
  const keys = new Set(dropped.map(({ key }) => key));
  store.dropPending(keys);
  app.actions?.undos.drop(keys);
  const run = () => {
    if (!app.actions) return;
    app.actions.retry(dropped);
    takeBack(drafts, kept, app.actions.kept);
  };
  // The server would refuse an invalid request again: offer no retry.
  const retry = error.status === 422 ? {} : { action: t('Try again'), run };
  ui.toast(refusalText(mutation, error), { tone: 'warning', stays: true, ...retry });
  return drafts.written;
}
