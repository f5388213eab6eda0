// What the user typed and did not send yet, by the place where it was typed. Kept on this device,
// so that no reload, lost session or refused change loses it. Dispatches `change` when a view must
// be drawn again.

/**
 * @import { Draft } from '../types/client.d.ts'
 */

/**
 * Where drafts survive a reload.
 * @typedef {object} DraftStorage
 * @property {() => Promise<Map<string, Draft>>} all by place
 * @property {(place: string, draft: Draft) => Promise<void>} put
 * @property {(place: string) => Promise<void>} delete
 */

// More than anybody types into at once; at the longest description, 10 MB.
export const MOST_DRAFTS = 200;

export class Drafts {
  /** @type {Map<string, Draft>} the place last typed into is the last */
  #drafts = new Map();
  /** @type {Set<string> | null} what `refused` returns, until that changes */
  #refused = null;
  /** @type {Map<string, string>} real ids by the provisional ones */
  #realIds = new Map();
  /** @type {DraftStorage | null} */
  #storage = null;
  #isClosed = false;
  /** Settled once what an earlier visit left is loaded. */
  opened = Promise.resolve();
  /** Settled once the device has all that was kept so far. @type {Promise<unknown>} */
  written = Promise.resolve();

  /** @param {() => void} announce */
  constructor(announce) {
    this.announce = announce;
  }

  /**
   * Load what an earlier visit of this user left.
   * @param {DraftStorage} storage
   */
  open(storage) {
    this.opened = this.#load(storage);
    return this.opened;
  }

  /** @param {DraftStorage} storage */
  async #load(storage) {
    this.#storage = storage;
    this.#isClosed = false;
    try {
      const kept = await storage.all();
      if (this.#storage !== storage) return;
      const oldestFirst = [...kept].sort(([, a], [, b]) => a.at - b.at);
      // What was typed while the storage was read is newer.
      this.#drafts = new Map([...oldestFirst, ...this.#drafts]);
      this.#refused = null;
    } catch {
      // A private window may have no storage: drafts last as long as the page.
    }
    this.announce();
  }

  get size() {
    return this.#drafts.size;
  }

  /** The ids of the todos of which the server has refused words that are still here. */
  get refused() {
    this.#refused ??= new Set(
      [...this.#drafts.values()].flatMap(({ end, todoId }) =>
        end === 'refused' && todoId ? [todoId] : []
      ),
    );
    return this.#refused;
  }

  /** Forget the user. The drafts stay on the device. */
  close() {
    this.#storage = null;
    this.#isClosed = true;
    this.#drafts.clear();
    this.#realIds.clear();
    this.#refused = null;
  }

  /** @param {string} place */
  get(place) {
    return this.#drafts.get(this.#real(place));
  }

  /** @param {string} place */
  text(place) {
    return this.get(place)?.text ?? '';
  }

  /**
   * Keep what was just typed. An empty text is no draft. `sent`: see `drop`.
   * @param {string} place
   * @param {Omit<Draft, 'at'>} draft
   * @param {Promise<unknown>} [sent]
   */
  keep(place, draft, sent) {
    // A field that closes with the session: what it has is not the next user's.
    if (this.#isClosed) return;
    if (draft.text === '') {
      this.drop(place, sent);
      return;
    }
    place = this.#real(place);
    const kept = { ...this.#renamed(draft), at: Date.now() };
    const isRefused = draft.end === 'refused' || this.#drafts.get(place)?.end === 'refused';
    if (isRefused) this.#refused = null;
    this.#drafts.delete(place);
    this.#drafts.set(place, kept);
    this.#write(place, sent);
    const [oldest] = this.#drafts.keys();
    if (this.#drafts.size > MOST_DRAFTS) this.drop(oldest);
  }

  /**
   * Forget a draft. The device keeps it until the change that was made of it is stored, which
   * `sent` says: the page may end before.
   * @param {string} place
   * @param {Promise<unknown>} [sent]
   */
  drop(place, sent) {
    place = this.#real(place);
    if (!this.#drafts.delete(place)) return;
    this.#refused = null;
    this.#write(place, sent);
    this.announce();
  }

  /**
   * @param {string} place
   * @param {Promise<unknown>} [sent]
   */
  #write(place, sent) {
    const [storage, draft] = [this.#storage, this.#drafts.get(place)];
    const write = () => {
      // After closing, the drafts of this window say nothing about the place.
      if (storage && this.#storage === storage && this.#drafts.get(place) !== draft) return;
      this.written = (draft ? storage?.put(place, draft) : storage?.delete(place))
        ?.catch(() => {}) ?? this.written;
    };
    if (sent) sent.then(write);
    else write();
  }

  /**
   * Replace a provisional id by the real one.
   * @param {string} from
   * @param {string} to
   */
  rename(from, to) {
    this.#realIds.set(from, to);
    for (const [place, draft] of [...this.#drafts]) {
      if (!isAbout(place, draft, from)) continue;
      this.#drafts.delete(place);
      this.#write(place);
      this.keep(place, draft);
    }
  }

  /**
   * Return the place under its real id. Until a field is drawn again, it names the provisional one.
   * @param {string} place
   */
  #real(place) {
    const [field, id] = place.split(' ');
    const real = this.#realIds.get(id);
    return real ? placeOf(field, real) : place;
  }

  /**
   * @param {Omit<Draft, 'at'>} draft
   * @returns {Omit<Draft, 'at'>}
   */
  #renamed(draft) {
    const { listId, todoId = '' } = draft;
    const renamed = { ...draft, listId: this.#realIds.get(listId) ?? listId };
    const real = this.#realIds.get(todoId);
    return real ? { ...renamed, todoId: real } : renamed;
  }

  /**
   * Return the drafts that have no field on any page any more, with their places: their list is
   * gone, or the user may no longer write there.
   * @param {(draft: Draft) => boolean} hasField
   */
  without(hasField) {
    return [...this.#drafts].filter(([, draft]) => !hasField(draft));
  }
}

/**
 * Return the name of a place: a field, and what the field belongs to.
 * @param {string} field
 * @param {string} id
 */
export const placeOf = (field, id) => `${field} ${id}`;

/**
 * @param {string} place
 * @param {Draft} draft
 * @param {string} id
 */
const isAbout = (place, { listId, todoId }, id) =>
  place.endsWith(` ${id}`) || listId === id || todoId === id;
