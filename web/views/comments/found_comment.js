// Shows a comment that was found, or that a notification or a mail is about: opens its todo,
// scrolls there, and marks it for a moment.

import { afterDrawing } from '../base/frame.js';
import { scrollToLoading } from '../base/scroll_anchor.js';

/**
 * @import { App } from '../../app.js'
 * @import { Todo } from '../../types/client.d.ts'
 */

// Until then its todo and its comments have loaded, or cannot be.
const WAIT_MS = 10_000;
const MARK_MS = 2_500;

/**
 * @param {App} app
 * @param {Pick<Todo, 'id' | 'list_id'>} todo
 * @param {string} commentId
 */
export function showComment({ router, store }, todo, commentId) {
  const path = `/lists/${todo.list_id}?todo=${encodeURIComponent(todo.id)}`;
  const first = address();
  // The link of a mail names the comment in the address, where it stays while it is looked for: who
  // must sign in first returns to it.
  const isLink = first.startsWith(`${path}&`);
  if (!isLink) router.go(path);
  const end = () => {
    clearTimeout(timer);
    store.removeEventListener('change', look);
    router.removeEventListener('change', end);
    document.removeEventListener('keydown', end, true);
    document.removeEventListener('pointerdown', end, true);
    if (isLink && address() === first) router.go(path, { replace: true });
  };
  const look = () =>
    afterDrawing(() => {
      const comment = document.getElementById(`comment-${commentId}`);
      if (!comment || router.route.todoId !== todo.id) return;
      end();
      reveal(comment);
    });
  const timer = setTimeout(end, WAIT_MS);
  store.addEventListener('change', look);
  router.addEventListener('change', end);
  // A user who does something else meanwhile keeps the focus. The key that chose the comment has
  // passed these.
  document.addEventListener('keydown', end, true);
  document.addEventListener('pointerdown', end, true);
  look();
}

const address = () => location.pathname + location.search;

/** @param {HTMLElement} comment */
function reveal(comment) {
  comment.tabIndex = -1;
  comment.focus({ preventScroll: true });
  comment.classList.add('is-found');
  setTimeout(() => comment.classList.remove('is-found'), MARK_MS);
  // What is above it may load later.
  for (const part of comment.closest('.detail-body')?.children ?? []) {
    scrollToLoading(comment, part);
  }
}
