// The field that adds a todo, from wherever a user presses `q` or the button of a phone.

import { afterDrawing } from '../base/frame.js';

/**
 * @import { App } from '../../app.js'
 */

/**
 * Give the focus to the field of the page; from a page without one, go to today's.
 * @param {App} app
 */
export function focusQuickAdd(app) {
  if (focusField()) return;
  app.router.go('/today');
  afterDrawing(() => focusField());
}

function focusField() {
  const field = document.querySelector('ll-quick-add')?.querySelector('textarea');
  field?.focus();
  return Boolean(field);
}
