// Keeps the store current: snapshot, subscribe, missed events, resets. Owns no state that is shown;
// it only decides what to ask for, and hands answers to the store in order.

import { LiveSocket } from './socket.js';
import { Refused } from './api.js';
import { Presence } from './presence.js';
import { lacksNotifications, userStream } from './state.js';

// A socket may follow 200 streams (protocol.md, "Limits").
const STREAMS = 200;
const RETRY_MS = 3_000;
// Two snapshots at a time: the list being looked at never waits behind all the others.
const AT_ONCE = 2;
// What we said about presence was refused, and not the subscription, which may not even be asked for.
const ABOUT_PRESENCE = new Set(['not_subscribed', 'too_many_presences', 'too_large']);

export class Live {
  /** Streams asked for on this connection; the value tells whether the answer came. */
  #asked = new Map();
  /** Lists whose snapshot is on its way, with the events that came meanwhile. */
  #loading = new Map();
  #behind = new Map();
  #refilling = false;
  #stopped = false;

  /** @param {{session: import('./session.js').Session, store: any, onSignIn: (words: string) => void}} ports */
  constructor({ session, store, onSignIn }) {
    this.session = session;
    this.store = store;
    this.socket = new LiveSocket({
      url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`,
      ticket: async () => (await session.call('POST', '/ws-ticket', { body: {} })).body.ticket,
      token: () => session.token({ fresh: true }),
      onOpen: () => this.#opened(),
      onFrame: (frame) => this.#receive(frame),
      onStatus: (status, words) => this.#status(status, words),
      onSignIn,
    });
    this.presence = new Presence({
      send: (frame) => this.socket.send(frame),
      onChange: () => store.announce(),
    });
  }

  async start() {
    await this.#loadAccount();
    this.socket.start();
    window.addEventListener('online', this.#reconnectNow);
    window.addEventListener('offline', this.#offline);
    document.addEventListener('visibilitychange', this.#reconnectNow);
  }

  stop() {
    this.#stopped = true;
    this.socket.stop();
    window.removeEventListener('online', this.#reconnectNow);
    window.removeEventListener('offline', this.#offline);
    document.removeEventListener('visibilitychange', this.#reconnectNow);
  }

  #reconnectNow = () => {
    if (document.visibilityState === 'visible') this.socket.reconnectNow();
    this.#badge();
  };

  #offline = () => this.#badge();

  async #loadAccount() {
    const { body } = await this.session.call('GET', '/users/me/snapshot');
    this.store.takeAccount(body);
  }

  /** Loads a list's contents unless they are here or on their way. */
  async load(listId, { again = false } = {}) {
    const { confirmed } = this.store;
    if (
      this.#loading.has(listId) || (!again && confirmed.contents[listId]) ||
      !confirmed.lists[listId]
    ) return;
    const meanwhile = [];
    this.#loading.set(listId, meanwhile);
    try {
      const snapshot = await this.#fetchList(listId);
      this.#loading.delete(listId);
      if (this.#stopped) return;
      this.store.takeList(snapshot);
      this.#apply(meanwhile);
      this.#follow();
    } catch (error) {
      this.#loading.delete(listId);
      if (error instanceof Refused) {
        if (error.status === 404) this.store.leaveList(listId, 'removed');
      } else if (!this.#stopped) {
        setTimeout(() => this.load(listId, { again }), RETRY_MS);
      }
    }
    this.#badge();
  }

  /** Joins the pages. What changed between them comes again as events after the first page. */
  async #fetchList(listId) {
    const path = `/lists/${encodeURIComponent(listId)}/snapshot`;
    const { body } = await this.session.call('GET', path);
    let cursor = body.next_cursor;
    while (cursor) {
      const page = await this.session.call('GET', `${path}?cursor=${encodeURIComponent(cursor)}`);
      body.todos.push(...page.body.todos);
      cursor = page.body.next_cursor;
    }
    return body;
  }

  /** Loads every list after the first paint: Today and Upcoming are computed over all of them. */
  async loadAll() {
    const waiting = Object.values(this.store.confirmed.lists)
      .filter((list) => !list.deleted_at && !list.archived_at).map((list) => list.id);
    const worker = async () => {
      while (waiting.length > 0 && !this.#stopped) await this.load(waiting.shift());
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  #opened() {
    this.#asked.clear();
    this.#behind.clear();
    this.#follow();
  }

  /** Subscribes to every stream we hold a position of and have not asked for on this connection. */
  #follow() {
    const { streams, account } = this.store.confirmed;
    const own = userStream(account?.id);
    const names = [own, ...Object.keys(streams).filter((name) => name !== own)].slice(0, STREAMS);
    const fresh = names.filter((name) => streams[name] && !this.#asked.has(name));
    if (this.socket.status !== 'open' || fresh.length === 0) return;
    for (const name of fresh) this.#asked.set(name, false);
    this.socket.subscribe(fresh.map((name) => ({
      list: name,
      epoch: streams[name].epoch,
      since: streams[name].seq,
    })));
    this.#badge();
  }

  #again(name) {
    if (this.#asked.get(name) === false) return;
    this.socket.unsubscribe([name]);
    this.#asked.delete(name);
    this.#follow();
  }

  #receive(frame) {
    switch (frame.type) {
      case 'event':
        return this.#event(frame);
      case 'subscribed':
        return this.#subscribed(frame);
      case 'reset':
        return this.#reset(frame);
      case 'unsubscribed':
        return this.#unsubscribed(frame);
      case 'ping':
        return this.#ping(frame);
      case 'error':
        return this.#failed(frame);
      case 'presence':
      case 'joined':
      case 'left':
      case 'editing':
        return this.presence.receive(frame);
      default:
        return undefined;
    }
  }

  #event(frame) {
    const { notifications } = this.store.confirmed;
    this.#loading.get(frame.list)?.push(frame);
    this.#apply([frame]);
    if (
      frame.event === 'notification.removed' &&
      lacksNotifications(notifications, this.store.confirmed.notifications)
    ) this.#refill(frame.list);
    if (frame.actor) {
      this.presence.arrived(frame.data.todo?.id ?? frame.data.comment?.todo_id, frame.actor.id);
    }
    this.#follow();
  }

  /** Takes a snapshot of the account again; what came meanwhile, and may be newer, comes once more. */
  async #refill(own) {
    if (this.#refilling) return;
    this.#refilling = true;
    await this.#loadAccount().catch(() => {});
    this.#refilling = false;
    if (!this.#stopped) this.#again(own);
  }

  #apply(frames) {
    for (const name of this.store.applyFrames(frames)) {
      if (!this.#loading.has(name)) this.#again(name);
    }
  }

  #subscribed({ list, seq }) {
    this.#asked.set(list, true);
    this.presence.subscribed(list);
    if (this.store.confirmed.streams[list]?.seq === seq) this.store.markCurrent([list]);
    this.#badge();
  }

  async #reset({ list }) {
    this.#asked.delete(list);
    if (list.startsWith('user:')) {
      await this.#loadAccount().catch(() => {});
      this.#follow();
    } else if (this.store.confirmed.contents[list]) {
      await this.load(list, { again: true });
    } else {
      await this.load(list);
    }
  }

  #unsubscribed({ list, reason }) {
    if (reason === 'requested') return;
    this.#asked.delete(list);
    // A list in the trash stays ours; one we were removed from does not.
    if (reason === 'removed') this.store.leaveList(list, 'removed');
  }

  #failed({ list, code }) {
    if (!list || ABOUT_PRESENCE.has(code)) return;
    this.#asked.set(list, true);
    if (code === 'not_found' || code === 'forbidden') this.store.leaveList(list, 'removed');
    this.#badge();
  }

  /** Proves which lists are current; one that stays behind from ping to ping is asked for again. */
  #ping({ heads }) {
    const { streams } = this.store.confirmed;
    const seqs = {};
    const current = [];
    for (const [name, head] of Object.entries(heads)) {
      const held = streams[name]?.seq;
      if (held === undefined) continue;
      seqs[name] = held;
      if (held >= head) {
        current.push(name);
        this.#behind.delete(name);
      } else if (this.#behind.get(name) === held) this.#again(name);
      else this.#behind.set(name, held);
    }
    this.socket.send({ type: 'pong', seqs });
    this.store.markCurrent(current);
  }

  #status(status, words) {
    if (status !== 'open') {
      this.#asked.clear();
      this.presence.closed();
    }
    this.lastStatus = { status, words };
    this.#badge();
  }

  #badge() {
    const { status, words } = this.lastStatus ?? { status: 'connecting' };
    const waiting = [...this.#asked.values()].includes(false) || this.#loading.size > 0;
    if (status === 'failed') this.store.setConnection('failed', words);
    else if (status === 'offline' || !navigator.onLine) this.store.setConnection('offline');
    else this.store.setConnection(status === 'open' && !waiting ? 'live' : 'catching-up');
  }
}
