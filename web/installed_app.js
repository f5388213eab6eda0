// The app on a home screen: what other apps share with it, and the number on its icon.

import { placeOf } from './store/drafts.js';
import { todayTodos } from './store/due_queries.js';
import { inboxOf } from './store/queries.js';
import { afterDrawing } from './views/base/frame.js';

/** @import { App } from './app.js' */

/**
 * Put what is shared into the field that adds a todo to the Inbox, for the user to decide, after a
 * text that waits there. Without anything it only opens the field.
 * @param {App} app
 */
export async function takeShared(app) {
  const { drafts, router, store } = app;
  const inbox = inboxOf(store.confirmed);
  if (router.route.page !== 'share' || !inbox) return;
  const query = new URLSearchParams(location.search);
  const parts = ['title', 'text', 'url'].map((name) => query.get(name)?.trim() ?? '');
  // Some apps share the address within the text too.
  const text = [...new Set(parts)]
    .filter((part) => !parts.some((other) => other !== part && other.includes(part)))
    .join(' ').replace(/\s+/g, ' ');
  await drafts.opened;
  if (router.route.page !== 'share') return;
  if (text) {
    const place = placeOf('add', inbox.id);
    const both = [drafts.text(place), text].filter(Boolean).join('\n');
    drafts.keep(place, { text: both, listId: inbox.id, action: 'create_todo' });
  }
  router.go('/', { replace: true });
  afterDrawing(() => document.querySelector('ll-quick-add')?.querySelector('textarea')?.focus());
}

/**
 * Keep the number on the icon true while the page is open: todos that are due today or overdue.
 * @param {App} app
 */
export function keepBadge(app) {
  if (!navigator.setAppBadge) return;
  let shown = -1;
  app.store.addEventListener('change', () => {
    const { overdue, today } = todayTodos(app.store.shown, app.reader);
    const due = overdue.length + today.length;
    if (due === shown) return;
    shown = due;
    // Not installed, or not allowed: there is no icon to put it on.
    navigator.setAppBadge(due).catch(() => {});
  });
}
