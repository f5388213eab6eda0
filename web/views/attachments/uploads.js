// Files on their way to the server: a few at a time, with progress. A file that waits for a
// connection is kept in this browser. Each has a key, so that sending it twice attaches it once.

import { problemText } from '../../format/problems.js';
import { t } from '../../languages/translate.js';
import { Refused } from '../../sync/api.js';
import { findTodo } from '../../sync/state.js';
import { dropWaiting, keepWaiting, readWaiting } from './waiting_files.js';

/**
 * @import { App } from '../../app.js'
 * @import { WaitingFile } from './waiting_files.js'
 * @typedef {'waiting' | 'sending' | 'failed' | 'refused'} UploadState
 * @typedef {WaitingFile & {state: UploadState, sent: number, problem: string,
 *   request: XMLHttpRequest | null}} Upload
 */

// More would only share the line.
const AT_ONCE = 2;

export class Uploads extends EventTarget {
  /** @type {Upload[]} the oldest first */
  items = [];
  /** @type {string | undefined} the user whose kept files were read */
  #readFor;

  /** @param {App} app */
  constructor(app) {
    super();
    this.app = app;
    addEventListener('online', () => this.#start());
    // A todo was created, or the connection came back.
    app.store.addEventListener('change', () => this.#start());
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
        key: crypto.randomUUID(),
        userId,
        todoId,
        listId: todo.list_id,
        name: nameOf(file),
        file,
        state: 'waiting',
        sent: 0,
        problem: '',
        request: null,
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
    return this.items.filter((upload) => this.app.store.realId(upload.todoId) === todoId);
  }

  /** @param {Upload} upload */
  cancel(upload) {
    this.items = this.items.filter((other) => other !== upload);
    upload.request?.abort();
    dropWaiting(upload.key).catch(() => {});
    this.#start();
    this.#changed();
  }

  /** @param {Upload} upload */
  retry(upload) {
    Object.assign(upload, { state: 'waiting', sent: 0, problem: '' });
    this.#start();
    this.#changed();
  }

  get #userId() {
    return this.app.store.shown.account?.id;
  }

  get #isOnline() {
    return navigator.onLine && this.app.store.connection.state !== 'offline';
  }

  /** @param {Upload} upload */
  async #keep(upload) {
    const { key, userId, todoId, listId, name, file } = upload;
    let isKept = false;
    try {
      isKept = await keepWaiting({ key, userId, todoId, listId, name, file });
    } catch {
      // A private window may have no database: the file waits as long as the page.
    }
    if (isKept || upload.state !== 'waiting') return;
    upload.problem = t('Keep this page open: there is no room to keep the file until later.');
    this.#changed();
  }

  async #readKept() {
    const userId = this.#userId;
    if (!userId || this.#readFor === userId) return;
    this.#readFor = userId;
    const kept = await readWaiting(userId).catch(() => []);
    const known = new Set(this.items.map(({ key }) => key));
    for (const waiting of kept) {
      if (known.has(waiting.key)) continue;
      this.items.push({ ...waiting, state: 'waiting', sent: 0, problem: '', request: null });
    }
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
      if (findTodo(store.shown, todoId)?.pending) continue;
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
      await this.#request(upload, todoId, await this.app.session.token());
      this.items = this.items.filter((other) => other !== upload);
      dropWaiting(upload.key).catch(() => {});
    } catch (error) {
      const isRefused = error instanceof Refused;
      upload.problem = problemText(error);
      upload.sent = 0;
      if (isRefused) upload.state = 'refused';
      else upload.state = this.#isOnline ? 'failed' : 'waiting';
      if (isRefused) dropWaiting(upload.key).catch(() => {});
      else this.#keep(upload);
    }
    upload.request = null;
    this.#start();
    this.#changed();
  }

  /**
   * Send the bytes. Unlike fetch(), XMLHttpRequest says how many are sent.
   * @param {Upload} upload
   * @param {string} todoId
   * @param {string | null} token
   */
  #request(upload, todoId, token) {
    const request = new XMLHttpRequest();
    upload.request = request;
    const name = encodeURIComponent(upload.name);
    request.open('POST', `/api/v1/todos/${encodeURIComponent(todoId)}/attachments?name=${name}`);
    request.setRequestHeader('Authorization', `Bearer ${token}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.setRequestHeader('Idempotency-Key', upload.key);
    request.setRequestHeader('Livelist-Client', 'web');
    request.upload.onprogress = ({ loaded, total }) => {
      upload.sent = total ? loaded / total : 0;
      this.#changed();
    };
    return new Promise((resolve, reject) => {
      request.onload = () => {
        if (request.status < 300) resolve(null);
        else if (request.status < 500) reject(new Refused(request.status, parsed(request)));
        else reject(new Error('unreachable'));
      };
      request.onerror = request.onabort = () => reject(new Error('unreachable'));
      request.send(upload.file);
    });
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}

/** @param {XMLHttpRequest} request */
function parsed(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return {};
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
