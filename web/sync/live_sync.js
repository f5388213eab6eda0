// Keeps the store current: loads snapshots, subscribes to streams, and repairs gaps and resets.
// Holds nothing that is shown; it decides what to request, and gives answers to the store in order.

import { ListLoader } from './list_loader.js';
import { Presence } from './presence.js';
import { LiveSocket } from './socket.js';
import { LaggingStreams } from './sockets/lagging_streams.js';
import { ALWAYS_ONLINE } from './sockets/surroundings.js';
import { lacksNotifications } from './state.js';
import {
  isCountUnknown,
  isShownUnfollowed,
  tooManyLists,
  wantedStreams,
} from './wanted_streams.js';

/**
 * @import {
 *   EventFrame, Failed, Ping, Reset, ServerFrame, Subscribed, Unsubscribed,
 * } from '../types/contract.d.ts'
 * @import { LiveSession } from '../types/client.d.ts'
 * @import { SocketStatus } from './socket.js'
 * @import { Store } from '../store/store.js'
 * @import { Surroundings } from './sockets/surroundings.js'
 */

// Errors about presence frames, not about a subscription, which may not even exist.
const ABOUT_PRESENCE = new Set(['not_subscribed', 'too_many_presences', 'too_large']);

/**
 * @typedef {object} LivePorts
 * @property {LiveSession} session
 * @property {Store} store
 * @property {string} url of the socket
 * @property {(text: string) => void} onSignIn the server ended the session; `text` says why
 * @property {Surroundings} [surroundings]
 */

export class Live {
  /** @type {Map<string, boolean>} streams requested on this connection; true once answered */
  #subscriptions = new Map();
  #lagging = new LaggingStreams();
  #lists;
  #isReloadingAccount = false;
  /** The account is from the storage: read it before the socket opens. */
  #isAccountStored = false;
  /** @type {string | null} the list on screen; null: a page over all lists */
  #shownList = null;
  #stopped = false;
  /** @type {{status: SocketStatus, text?: string}} */
  #socketState = { status: 'connecting' };
  #unwatch = () => {};

  /** @param {LivePorts} ports */
  constructor({ session, store, url, onSignIn, surroundings = ALWAYS_ONLINE }) {
    this.session = session;
    this.store = store;
    this.surroundings = surroundings;
    this.#lists = new ListLoader({
      session,
      store,
      onLoaded: (meanwhile) => {
        this.#apply(meanwhile);
        this.#subscribeToAll();
      },
      onDone: () => this.#showStatus(),
    });
    this.socket = new LiveSocket({
      url,
      hello: () => this.#hello(),
      token: () => session.token({ fresh: true }),
      onOpen: () => this.#opened(),
      onFrame: (frame) => this.#receive(frame),
      onStatus: (status, text) => this.#statusChanged(status, text),
      onSignIn,
    });
    this.presence = new Presence({
      send: (frame) => this.socket.send(frame),
      onChange: () => store.announce(),
    });
  }

  async start() {
    await this.#loadAccount();
    this.#follow();
  }

  /** Go on from a stored state as soon as the server answers. */
  startStored() {
    this.#isAccountStored = true;
    this.#follow();
  }

  #follow() {
    this.socket.start();
    this.#unwatch = this.surroundings.watch(
      () => this.socket.reconnectNow(),
      () => this.#showStatus(),
    );
  }

  stop() {
    this.#stopped = true;
    this.#lists.stop();
    this.socket.stop();
    this.#unwatch();
  }

  /** Return what the socket signs in with, after the account was read for the first time. */
  async #hello() {
    if (this.#isAccountStored) {
      await this.#loadAccount();
      this.#isAccountStored = false;
      this.loadAll();
    }
    return await this.session.hello();
  }

  async #loadAccount() {
    const snapshot = await this.session.readAccount();
    if (!this.#stopped) this.store.takeAccount(snapshot);
  }

  /**
   * Load a list's content unless it is loaded or being loaded.
   * @param {string} listId
   */
  load(listId) {
    return this.#lists.load(listId);
  }

  /**
   * Follow the list on screen, even if there are more lists than can be followed.
   * @param {string | null} listId
   */
  setShownList(listId) {
    if (listId === this.#shownList) return;
    this.#shownList = listId;
    this.#subscribeToAll();
    this.#showStatus();
  }

  /** Load every list after the first paint. */
  loadAll() {
    return this.#lists.loadAll();
  }

  #opened() {
    this.#subscriptions.clear();
    this.#lagging.clear();
    this.#subscribeToAll();
  }

  /** Subscribe to every stream with a known position that was not requested on this connection. */
  #subscribeToAll() {
    const { streams } = this.store.confirmed;
    const names = wantedStreams(this.store.confirmed, this.#shownList, this.#subscriptions.keys());
    const missing = names.filter((name) => !this.#subscriptions.has(name));
    if (this.socket.status !== 'open' || missing.length === 0) return;
    const dropped = [...this.#subscriptions.keys()].filter((name) => !names.includes(name));
    this.socket.unsubscribe(dropped);
    for (const name of dropped) this.#subscriptions.delete(name);
    for (const name of missing) this.#subscriptions.set(name, false);
    this.socket.subscribe(missing.map((name) => ({
      list: name,
      epoch: streams[name].epoch,
      since: streams[name].seq,
    })));
    this.#showStatus();
  }

  /** @param {string} name of a stream in which events are missing */
  #resubscribe(name) {
    if (this.#subscriptions.get(name) === false) return;
    this.socket.unsubscribe([name]);
    this.#subscriptions.delete(name);
    this.#subscribeToAll();
  }

  /** @param {ServerFrame} frame */
  #receive(frame) {
    switch (frame.type) {
      case 'event':
        return this.#handleEvent(frame);
      case 'subscribed':
        return this.#subscribed(frame);
      case 'reset':
        return this.#reset(frame);
      case 'unsubscribed':
        return this.#unsubscribed(frame);
      case 'ping':
        return this.#answerPing(frame);
      case 'error':
        return this.#failed(frame);
      case 'presence':
      case 'joined':
      case 'left':
      case 'editing':
        return this.presence.receive(frame);
    }
  }

  /** @param {EventFrame} frame */
  #handleEvent(frame) {
    const { notifications } = this.store.confirmed;
    this.#lists.keep(frame);
    this.#apply([frame]);
    if (isCountUnknown(this.store.confirmed, frame)) this.load(frame.list);
    if (frame.event === 'list.added') this.load(frame.data.list.id);
    if (
      frame.event === 'notification.removed' &&
      lacksNotifications(notifications, this.store.confirmed.notifications)
    ) this.#reloadAccount(frame.list);
    this.presence.edited(frame);
    this.#subscribeToAll();
  }

  /**
   * Take a new snapshot of the account, then subscribe to the user's stream from there: events that
   * came meanwhile may be newer than the snapshot, and come once more.
   * @param {string} own the name of the user's stream
   */
  async #reloadAccount(own) {
    if (this.#isReloadingAccount) return;
    this.#isReloadingAccount = true;
    await this.#loadAccount().catch(() => {});
    this.#isReloadingAccount = false;
    if (!this.#stopped) this.#resubscribe(own);
  }

  /** @param {EventFrame[]} frames */
  #apply(frames) {
    for (const name of this.store.applyFrames(frames)) {
      if (!this.#lists.isLoading(name)) this.#resubscribe(name);
    }
  }

  /** @param {Subscribed} frame */
  #subscribed({ list, seq }) {
    this.#subscriptions.set(list, true);
    this.presence.subscribed(list);
    if (this.store.confirmed.streams[list]?.seq === seq) this.store.markCurrent([list]);
    this.#showStatus();
  }

  /** @param {Reset} frame */
  async #reset({ list }) {
    this.#subscriptions.delete(list);
    if (list.startsWith('user:')) {
      await this.#loadAccount().catch(() => {});
      this.#subscribeToAll();
      this.loadAll();
    } else {
      await this.#lists.load(list, { again: Boolean(this.store.confirmed.contents[list]) });
    }
  }

  /** @param {Unsubscribed} frame */
  #unsubscribed({ list, reason }) {
    if (reason === 'requested') return;
    this.#subscriptions.delete(list);
    // A list in the trash stays the user's; a list that the user was removed from does not.
    if (reason === 'removed') this.store.leaveList(list, 'removed');
  }

  /** @param {Failed} frame */
  #failed({ list, code }) {
    if (!list || ABOUT_PRESENCE.has(code)) return;
    this.#subscriptions.set(list, true);
    if (code === 'not_found' || code === 'forbidden') this.store.leaveList(list, 'removed');
    this.#showStatus();
  }

  /**
   * Mark streams that have reached their head as current. Subscribe again to a stream that has made
   * no progress since the last ping.
   * @param {Ping} frame
   */
  #answerPing({ heads }) {
    const { seqs, current, stuck } = this.#lagging.compare(heads, this.store.confirmed.streams);
    for (const name of stuck) this.#resubscribe(name);
    this.socket.send({ type: 'pong', seqs });
    this.store.markCurrent(current);
  }

  /**
   * @param {SocketStatus} status
   * @param {string} [text]
   */
  #statusChanged(status, text) {
    if (status !== 'open') {
      this.#subscriptions.clear();
      this.presence.closed();
    }
    this.#socketState = { status, text };
    this.#showStatus();
  }

  #showStatus() {
    const { status, text } = this.#socketState;
    const isWaiting = [...this.#subscriptions.values()].includes(false) || this.#lists.isBusy;
    if (status === 'failed') this.store.setConnection('failed', text);
    else if (status === 'offline' || !this.surroundings.isOnline()) {
      this.store.setConnection('offline');
    } else if (status !== 'open' || isWaiting) this.store.setConnection('catching-up');
    else if (isShownUnfollowed(this.store.confirmed, this.#shownList, this.#subscriptions)) {
      this.store.setConnection('catching-up', tooManyLists());
    } else this.store.setConnection('live');
  }
}
