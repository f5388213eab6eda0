// Addresses to pages and back. The detail pane is part of the address (?todo=…), so that Back
// closes it and a link opens it.

/** @returns {{page: string, listId?: string, todoId: string | null}} */
export function parseAddress({ pathname, search }) {
  const todoId = new URLSearchParams(search).get('todo');
  const words = pathname.split('/').filter(Boolean);
  if (words[0] === 'lists' && words[1]) {
    return { page: 'list', listId: decodeURIComponent(words[1]), todoId };
  }
  return { page: words[0] ?? 'home', todoId };
}

export class Router extends EventTarget {
  route = parseAddress(location);

  constructor() {
    super();
    window.addEventListener('popstate', () => this.#read());
    document.addEventListener('click', (event) => this.#click(event));
  }

  go(path, { replace = false } = {}) {
    if (path !== location.pathname + location.search) {
      history[replace ? 'replaceState' : 'pushState']({ inside: true }, '', path);
    }
    this.#read();
  }

  /** Opens a todo beside what is on the page now; null closes it. */
  openTodo(todoId) {
    const switching = Boolean(this.route.todoId);
    this.go(location.pathname + (todoId ? `?todo=${encodeURIComponent(todoId)}` : ''), {
      replace: switching,
    });
  }

  #read() {
    this.route = parseAddress(location);
    this.dispatchEvent(new Event('change'));
  }

  /** Plain clicks on our own links stay in the page; with a modifier they are the browser's. */
  #click(event) {
    const link = event.target.closest?.('a[href^="/"]');
    if (
      !link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey ||
      event.shiftKey || link.target
    ) return;
    if (link.dataset.outside !== undefined) return;
    event.preventDefault();
    this.go(link.getAttribute('href'));
  }
}
