// The field that adds a todo, from wherever a user presses `q` or the button of a phone.

import { inboxOf } from '../../store/queries.js';

/**
 * @import { App } from '../../app.js'
 */

/**
 * Give the focus to the field of the page; on a page without one, open one for the Inbox.
 * @param {App} app
 */
export function focusQuickAdd(app) {
  const field = document.querySelector('ll-quick-add')?.querySelector('textarea');
  if (field) field.focus();
  // A guest has none.
  else if (inboxOf(app.store.shown)) app.ui.openDialog({ kind: 'add' });
}
