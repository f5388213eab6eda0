// Boot: makes the one App, wires its parts together and draws the page.

import { Session } from './sync/session.js';
import { Live } from './sync/live.js';
import { Outbox } from './sync/outbox.js';
import { forgetPush, keepPush } from './sync/push.js';
import { outboxStorage } from './sync/outbox_storage.js';
import { REQUESTS } from './sync/requests.js';
import { Store } from './store/store.js';
import { Actions } from './store/actions.js';
import { OverwriteDetector } from './store/overwrites.js';
import { Router } from './store/router.js';
import { Ui } from './store/ui.js';
import { inboxOf, nameOf } from './store/select.js';
import { refusalText } from './format/problems.js';
import { overwriteText } from './format/overwrites.js';
import { context } from './views/base/view.js';
import { startKeys } from './views/shell/keyboard.js';
import { toastOccurrence } from './views/components/occurrence_toasts.js';
import { applyTheme } from './views/shell/theme.js';
import './views/shell/app_shell.js';

// Due dates pass while nobody touches the page: draw again this often.
const MINUTE_MS = 30_000;

export class App {
  store = new Store();
  session = new Session();
  router = new Router();
  ui = new Ui(() => this.store.announce());
  /** @type {'starting' | 'signed-out' | 'signed-in' | 'unreachable'} */
  phase = 'starting';
  actions = null;
  live = null;
  outbox = null;
  #overwrites = new OverwriteDetector();
  #opening = null;

  constructor() {
    this.router.addEventListener('change', () => {
      this.ui.set({ menu: null, drawer: false, editing: null });
    });
    // In another window, perhaps out of the mail that this one told to look for.
    this.session.addEventListener('signed-in', () => this.#startAgain());
    this.session.addEventListener('signed-out', ({ detail }) => this.#closeAccount(detail));
    this.store.addEventListener('renamed', ({ detail: { from, to } }) => {
      if (this.router.route.todoId === from) this.router.openTodo(to);
    });
    this.store.addEventListener('applied', ({ detail }) => this.#toastOverwrites(detail));
    this.store.addEventListener('applied', ({ detail }) => toastOccurrence(this, detail));
    setInterval(() => this.store.announce(), MINUTE_MS);
  }

  /** Who reads: dates are written for their zone and language. */
  get reader() {
    const { account } = this.store.shown;
    const own = Intl.DateTimeFormat().resolvedOptions();
    return {
      zone: account?.time_zone ?? own.timeZone,
      locale: account?.locale || own.locale,
      now: Date.now(),
    };
  }

  async start() {
    try {
      if (await this.session.resume()) return await this.openAccount();
      // Their sign-in may have ended while no page was open.
      this.#forgetPush();
      this.#set('signed-out');
    } catch {
      this.#set('unreachable');
      setTimeout(() => this.start(), 3_000);
    }
  }

  #startAgain() {
    // Whoever chooses a new password here goes on with that.
    if (this.phase !== 'signed-out' || this.router.route.page === 'reset') return;
    this.#set('starting');
    this.start();
  }

  /** Somebody just signed in, or the cookie of an earlier visit was good. */
  openAccount() {
    // Another window's sign-in and one here may meet.
    this.#opening ??= this.#openAccount().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #openAccount() {
    if (this.phase === 'signed-in') return;
    this.live = new Live({
      session: this.session,
      store: this.store,
      onSignIn: (words) => {
        this.session.end();
        this.ui.toast(words, { tone: 'warning', stays: true });
      },
    });
    await this.live.start();
    this.#openOutbox(this.store.confirmed.account.id);
    this.#set('signed-in');
    const entryPages = ['sign-in', 'sign-up', 'verify', 'reset', 'forgot', 'check-mail'];
    if (entryPages.includes(this.router.route.page)) this.router.go('/', { replace: true });
    const first = this.router.route.listId ?? inboxOf(this.store.confirmed)?.id;
    if (first) await this.live.load(first);
    await this.live.loadAll();
    // Without it nothing is lost but pushes, and the next visit tries again.
    keepPush(this.session, this.store.confirmed.account?.id).catch(() => {});
  }

  async #openOutbox(userId) {
    this.outbox = new Outbox({
      storage: outboxStorage(userId),
      send: (mutation) => this.session.call(...this.#request(mutation)),
      onAnswered: (mutation, { positions }) => this.store.answered(mutation.key, positions),
      onRefused: (mutation, error, doomed) => this.#refused(mutation, error, doomed),
      onRenamed: (from, to) => this.store.rename(from, to),
      onChange: () => this.store.setUnsent(this.outbox.waiting.length),
    });
    this.actions = new Actions({ store: this.store, outbox: this.outbox });
    window.addEventListener('online', () => this.outbox?.flush());
    for (const mutation of await this.outbox.restore()) this.store.addPending(mutation);
    this.store.setUnsent(this.outbox.waiting.length);
  }

  #request(mutation) {
    const { method, path, body } = REQUESTS[mutation.kind](mutation);
    return [method, path, { body, key: mutation.key }];
  }

  #refused(mutation, error, doomed) {
    this.store.dropPending(new Set(doomed.map(({ key }) => key)));
    // What is wrong in itself is refused again, however often it is tried.
    const again = error.status === 422
      ? {}
      : { action: 'Try again', run: () => this.actions.retry(mutation) };
    this.ui.toast(refusalText(mutation, error), { tone: 'warning', stays: true, ...again });
  }

  /** An edit went over another that its writer had not seen: whoever lost is offered it back. */
  #toastOverwrites(frame) {
    const own = this.store.pending.find(({ key, changes }) => key === frame.mutation && changes);
    const me = this.store.confirmed.account?.id ?? null;
    // What was offered is out of date as soon as that field changes again.
    const slot = (field) => `overwrote ${frame.data.todo.id} ${field}`;
    if (frame.event === 'todo.edited') this.ui.clear(frame.data.changed.map(slot));
    for (const one of this.#overwrites.handleEvent(frame, { me, own })) {
      const { words, action } = overwriteText(
        one,
        this.reader,
        (id) => nameOf(this.store.shown, frame.data.todo.list_id, id),
      );
      const run = () => this.actions.editTodo(one.todoId, { [one.field]: one.value });
      this.ui.toast(words, { action, run, stays: true, slot: slot(one.field) });
    }
  }

  #closeAccount(reason) {
    this.live?.stop();
    this.outbox?.stop();
    this.#forgetPush();
    this.live = this.outbox = this.actions = null;
    this.store.clear();
    this.store.setUnsent(0);
    this.ui.set({ menu: null, dialog: null, drawer: false });
    this.#set('signed-out');
    this.router.go('/sign-in');
    if (reason === 'expired') this.ui.toast('You have been signed out. Sign in again to go on.');
  }

  /** Whoever signs in here next did not ask to be told on this device. */
  #forgetPush() {
    forgetPush().catch(() => {});
  }

  #set(phase) {
    this.phase = phase;
    this.store.announce();
  }
}

applyTheme();
const app = new App();
context.app = app;
document.body.prepend(document.createElement('ll-app'));
startKeys(app);
app.start();
