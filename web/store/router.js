// From the address to the page and back. The open todo is part of the address (?todo=…), so that
// Back closes the detail pane and a link opens it.

/**
 * `page` is one of PAGES, or `list` with its `listId`, or `provider` with its `providerId`, where a
 * sign-in with a provider ends, or `admin` with the `part` after /admin/, or `label` with the
 * id of one of the user's own as `part`, or `unknown`.
 * @typedef {{
 *   page: string, listId?: string, providerId?: string, part?: string, todoId: string | null,
 * }} Route
 */

/** Pages for visitors, which sign in or lead there. */
export const ENTRY_PAGES = ['sign-in', 'sign-up', 'verify', 'reset', 'forgot', 'check-mail'];
/** Those that a link in a mail opens: also a user who is signed in needs them. */
export const LINK_PAGES = ['verify', 'reset'];
/** Pages that show what is stored. The others sign in or out, or ask the server at once. */
export const STORED_PAGES = new Set([
  'home',
  'list',
  'label',
  'today',
  'upcoming',
  'trash',
  'settings',
  'share',
]);
const PAGES = new Set([
  ...ENTRY_PAGES,
  'home',
  'today',
  'upcoming',
  'trash',
  'share',
  'settings',
  'invitation',
  'mail-preferences',
  'join',
  'device',
]);

/**
 * @param {{pathname: string, search: string}} address
 * @returns {Route}
 */
export function parseAddress({ pathname, search }) {
  const todoId = new URLSearchParams(search).get('todo');
  const [page = 'home', id, ...rest] = pathname.split('/').filter(Boolean);
  const listId = page === 'lists' && rest.length === 0 ? decoded(id) : null;
  if (listId) return { page: 'list', listId, todoId };
  if (page === 'oauth' && id === 'authorize' && rest.length === 0) {
    return { page: 'authorize', todoId: null };
  }
  const providerId = page === 'sign-in' && rest.length === 0 ? decoded(id) : null;
  if (providerId) return { page: 'provider', providerId, todoId: null };
  if (page === 'labels' && id && rest.length === 0) return { page: 'label', part: id, todoId };
  if (page === 'admin') return { page, part: [id, ...rest].filter(Boolean).join('/'), todoId };
  return { page: PAGES.has(page) && id === undefined ? page : 'unknown', todoId };
}

/**
 * Return a part of an address as text; null without one, or if it is badly encoded.
 * @param {string | undefined} part
 */
function decoded(part) {
  try {
    return part === undefined ? null : decodeURIComponent(part);
  } catch {
    return null;
  }
}

// Where menus are sheets and details cover the list: Back closes what is open there.
const isPhone = () => matchMedia('(max-width: 860px)').matches;

const address = () => location.pathname + location.search;

/**
 * Dispatches `change` when the route has changed.
 *
 * On a phone an overlay gets an entry of the history with the address of the page, so that Back
 * closes it and nothing else. The state of an entry: `below`, the address of the entry before it;
 * `isExtra`, whether that shows the same, or details that were closed since. Closed in another way
 * than by Back, an overlay leaves its entry: the next address takes its place, and Back skips it.
 * `history.back()` at that time would come too late for what follows.
 */
export class Router extends EventTarget {
  route = parseAddress(location);
  /** Whether the route came from Back or Forward: the browser then scrolls to where it was. */
  isFromHistory = false;
  /** Closes the topmost overlay. Returns false if none is open. */
  closeTopmost = () => false;
  #address = address();
  /** @type {{below?: string, isExtra?: boolean}} the state of the entry */
  #entry = history.state ?? {};
  /** @type {Map<string, string>} real ids by provisional ones, which older entries name */
  #realIds = new Map();

  constructor() {
    super();
    addEventListener('popstate', () => this.#followHistory());
    document.addEventListener('click', (event) => this.#followLink(event));
  }

  /** @param {string} path */
  go(path, { replace = false } = {}) {
    const { isExtra, below } = this.#entry;
    if (path !== address()) this.#enter(path, replace || Boolean(isExtra && below === address()));
    this.#read();
  }

  /**
   * @param {string} path
   * @param {boolean} isReplacing
   */
  #enter(path, isReplacing, isExtra = false) {
    const below = isReplacing ? history.state?.below : address();
    this.#entry = { below, isExtra };
    history[isReplacing ? 'replaceState' : 'pushState'](this.#entry, '', path);
  }

  /** An overlay is open: Back is to close it. */
  cover() {
    if (!this.#entry.isExtra && isPhone()) this.#enter(location.href, false, true);
  }

  #followHistory() {
    const { isExtra: wasExtra, below } = this.#entry;
    this.#entry = history.state ?? {};
    this.#useRealIds();
    if (!wasExtra || address() !== below) {
      this.#read({ isFromHistory: true });
      return;
    }
    // The entry of closed details shows what the one above it does.
    if (below !== this.#address) this.#enter(this.#address, true, true);
    if (!this.closeTopmost()) history.back();
  }

  /**
   * Open a todo beside what is on the page now; null closes it.
   * @param {string | null} todoId
   */
  openTodo(todoId) {
    const isSwitching = Boolean(this.route.todoId);
    this.go(location.pathname + (todoId ? `?todo=${encodeURIComponent(todoId)}` : ''), {
      replace: isSwitching,
    });
    const { below } = this.#entry;
    // Below may be details, which an overlay covered: Back is not to open them again.
    const isClosing = isSwitching && !todoId && below?.startsWith(`${location.pathname}?todo=`);
    if (below === address() || isClosing) this.#enter(location.href, true, true);
  }

  /**
   * Name in the address what has become known under its real id. The page stays as it is, with what
   * is open on it: nothing is dispatched.
   * @param {string} from
   * @param {string} to
   */
  rename(from, to) {
    this.#realIds.set(from, to);
    this.#useRealIds();
    const { listId, part, todoId } = this.route;
    if (![listId, part, todoId].includes(from)) return;
    this.#address = address();
    this.route = parseAddress(location);
  }

  /** Name real ids in the entry. Those below it follow when Back comes to them. */
  #useRealIds() {
    const entry = { ...this.#entry };
    let path = address();
    for (const [from, to] of this.#realIds) {
      /** @param {string} text */
      const named = (text) => text.replaceAll(encodeURIComponent(from), to).replaceAll(from, to);
      path = named(path);
      if (entry.below) entry.below = named(entry.below);
    }
    if (path === address() && entry.below === this.#entry.below) return;
    this.#entry = entry;
    history.replaceState(entry, '', path);
  }

  #read({ isFromHistory = false } = {}) {
    this.isFromHistory = isFromHistory;
    this.#address = address();
    this.route = parseAddress(location);
    this.dispatchEvent(new Event('change'));
  }

  /**
   * Follow a link within the page on a plain click; with a modifier it is the browser's.
   * @param {MouseEvent} event
   */
  #followLink(event) {
    const target = event.target instanceof Element ? event.target : null;
    /** @type {HTMLAnchorElement | null | undefined} */
    const link = target?.closest('a[href^="/"]');
    const path = link?.getAttribute('href');
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (!link || !path || event.defaultPrevented || !isPlain || link.target) return;
    if (link.dataset.outside !== undefined) return;
    event.preventDefault();
    this.go(path);
  }
}
