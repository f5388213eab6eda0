// Files on their way to the server: a few at a time, with progress. A file that waits for a
// connection is kept in this browser. Each has a key, so that sending it twice attaches it once.

import { problemText } from '../../format/problems.js';
import { t } from '../../languages/translate.js';
import { Refused, retryAfter } from '../../sync/api.js';
import { reconnectDelay } from '../../sync/backoff.js';
import { isTempId, newKey } from '../../sync/keys.js';
import { tempIdOf } from '../../sync/pending.js';
import { findTodo } from '../../sync/state.js';
import { isFinal, sendFile } from './upload_request.js';
import { dropWaiting, keepWaiting, readWaiting } from './waiting_files.js';

/**
 * @import { App } from '../../app.js'
 * @import { WaitingFile } from './waiting_files.js'
 * @typedef {'waiting' | 'sending' | 'failed' | 'refused'} UploadState
 * @typedef {WaitingFile & {state: UploadState, sent: number, problem: string, isKept: boolean,
 *   request: XMLHttpRequest | null, failures: number, needsToken: boolean}} Upload
 */

// More would only share the line.
const AT_ONCE = 2;
const BROWSER = {
  sendFile,
  dropWaiting,
  keepWaiting,
  readWaiting,
  later: (/** @type {() => void} */ work, /** @type {number} */ ms) => {
    setTimeout(work, ms);
  },
};
const FRESH = { sent: 0, problem: '', request: null, failures: 0, needsToken: false };

export class Uploads extends EventTarget {
  /** @type {Upload[]} the oldest first */
  items = [];
  /** @type {string | undefined} the user whose kept files were read */
  #readFor;

  /**
   * @param {App} app
   * @param {typeof BROWSER} [ports]
   */
  constructor(app, ports = BROWSER) {
    super();
    this.app = app;
    this.ports = ports;
    addEventListener('online', () => this.#start());
    // A todo was created, or the connection came back.
    app.store.addEventListener('change', () => this.#start());
    app.store.addEventListener('renamed', () => this.#takeRealIds());
    this.#start();
  }

  /**
   * Attach files to a todo.
   * @param {string} todoId
   * @param {Iterable<File>} files
   */
  add(todoId, files) {
    const todo = findTodo(this.app.store.shown, this.app.store.realId(todoId));
    const userId = this.#userId;
    if (!todo || !userId) return;
    for (const file of files) {
      /** @type {Upload} */
      const upload = {
        key: newKey(),
        userId,
        todoId: todo.id,
        listId: todo.list_id,
        name: nameOf(file),
        file,
        ...FRESH,
        state: 'waiting',
        isKept: false,
      };
      this.items.push(upload);
      if (!this.#isOnline) this.#keep(upload);
    }
    this.#start();
    this.#changed();
  }

  /**
   * The files on their way to a todo.
   * @param {string} todoId
   */
  of(todoId) {
    return this.#own.filter((upload) => this.app.store.realId(upload.todoId) === todoId);
  }

  /**
   * The files that no todo on any page shows: theirs was not made, or is gone.
   */
  get lost() {
    const { store, outbox } = this.app;
    return this.#own.filter(({ todoId, state }) => {
      const id = store.realId(todoId);
      if (findTodo(store.shown, id)) return false;
      if (!isTempId(id)) return state === 'refused';
      // Before, what an earlier visit could not send is not shown yet.
      return outbox?.isRestored && !outbox.waiting.some((mutation) => tempIdOf(mutation) === id);
    });
  }

  /** @param {Upload} upload */
  cancel(upload) {
    this.items = this.items.filter((other) => other !== upload);
    upload.request?.abort();
    this.#drop(upload);
    this.#start();
    this.#changed();
  }

  /** @param {Upload} upload */
  retry(upload) {
    Object.assign(upload, { state: 'waiting', sent: 0, problem: '' });
    this.#start();
    this.#changed();
  }

  /** How many files are not sent yet. */
  get unsent() {
    return this.#own.filter(({ state }) => state !== 'refused').length;
  }

  /** Keep all that is not sent, for the next visit. */
  keepAll() {
    for (const upload of this.items) {
      if (upload.state !== 'refused' && !upload.isKept) this.#keep(upload);
    }
  }

  /** Send and keep nothing of what there is. */
  forget() {
    const forgotten = this.items;
    this.items = [];
    this.#readFor = undefined;
    for (const { request } of forgotten) request?.abort();
    this.#changed();
  }

  /** The files of the signed-in user: another one of this window may have left some. */
  get #own() {
    return this.items.filter(({ userId }) => userId === this.#userId);
  }

  get #userId() {
    return this.app.store.shown.account?.id;
  }

  get #isOnline() {
    return navigator.onLine && this.app.store.connection.state !== 'offline';
  }

  /**
   * @param {Upload} upload
   * @returns {Promise<void>}
   */
  async #keep(upload) {
    const { key, userId, todoId, listId, name, file } = upload;
    try {
      upload.isKept = await this.ports.keepWaiting({ key, userId, todoId, listId, name, file });
    } catch {
      // A private window may have no database: the file waits as long as the page.
    }
    // Meanwhile it may have been cancelled, or its todo may have got its real id.
    if (!this.items.includes(upload)) return this.#drop(upload);
    if (upload.isKept && upload.todoId !== todoId) return await this.#keep(upload);
    if (upload.isKept || upload.state !== 'waiting') return;
    upload.problem = t('Keep this page open: there is no room to keep the file until later.');
    this.#changed();
  }

  /** @param {Upload} upload */
  #drop(upload) {
    this.ports.dropWaiting(upload).catch(() => {});
  }

  /** The next visit knows no provisional id of this one. */
  #takeRealIds() {
    for (const upload of this.items) {
      const todoId = this.app.store.realId(upload.todoId);
      if (todoId === upload.todoId) continue;
      upload.todoId = todoId;
      if (upload.isKept) this.#keep(upload);
    }
  }

  async #readKept() {
    const userId = this.#userId;
    if (!userId || this.#readFor === userId) return;
    this.#readFor = userId;
    const kept = await this.ports.readWaiting(userId).catch(() => []);
    // Forgotten meanwhile.
    if (this.#readFor !== userId) return;
    const known = new Set(this.items.map(({ key }) => key));
    for (const waiting of kept) {
      if (known.has(waiting.key)) continue;
      this.items.push({ ...waiting, ...FRESH, state: 'waiting', isKept: true });
    }
    this.#takeRealIds();
    this.#start();
    this.#changed();
  }

  #start() {
    this.#readKept();
    const { store, session } = this.app;
    if (!this.#isOnline || !session.isSignedIn) return;
    let free = AT_ONCE - this.items.filter(({ state }) => state === 'sending').length;
    for (const upload of this.items) {
      if (free <= 0) return;
      if (upload.state !== 'waiting' || upload.userId !== this.#userId) continue;
      const todoId = store.realId(upload.todoId);
      // The server knows no provisional todo.
      if (isTempId(todoId) || findTodo(store.shown, todoId)?.pending) continue;
      free--;
      this.#send(upload, todoId);
    }
  }

  /**
   * @param {Upload} upload
   * @param {string} todoId
   */
  async #send(upload, todoId) {
    Object.assign(upload, { state: 'sending', problem: '' });
    this.#changed();
    try {
      const token = await this.app.session.token({ fresh: upload.needsToken });
      if (!this.items.includes(upload)) return;
      await this.ports.sendFile(upload, todoId, token, () => this.#changed());
      this.items = this.items.filter((other) => other !== upload);
      this.#drop(upload);
    } catch (error) {
      // It was cancelled.
      if (!this.items.includes(upload)) return;
      upload.problem = problemText(error);
      upload.sent = 0;
      if (isFinal(error)) upload.state = 'refused';
      else upload.state = this.#isOnline ? 'failed' : 'waiting';
      if (isFinal(error)) this.#drop(upload);
      else {
        this.#keep(upload);
        this.#retryLater(upload, error);
      }
    }
    upload.request = null;
    this.#start();
    this.#changed();
  }

  /**
   * Send a file again by itself, when the server asked for it, or after growing delays.
   * @param {Upload} upload
   * @param {unknown} error
   */
  #retryLater(upload, error) {
    upload.needsToken = error instanceof Refused && error.status === 401;
    const seconds = retryAfter(error) ?? reconnectDelay(upload.failures);
    upload.failures += 1;
    this.ports.later(() => {
      if (upload.state === 'failed' && this.items.includes(upload)) this.retry(upload);
    }, seconds * 1000);
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}

/**
 * Return a name that the server takes. Browsers call every pasted picture the same.
 * @param {File} file
 */
function nameOf(file) {
  const plain = file.name.replace(/[\u202a-\u202e\u2066-\u2069\p{Cc}]/gu, '').slice(-200);
  if (plain && plain !== 'image.png') return plain;
  const now = new Date().toISOString().slice(0, 16).replace('T', ' ').replace(':', '.');
  return `${t('Picture')} ${now}.${file.type.split('/')[1] || 'bin'}`;
}
