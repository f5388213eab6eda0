// Opens the activity of a list or of a todo, once its script is loaded.

import { t } from '../../languages/translate.js';

/** @import { App } from '../../app.js' */

/**
 * @param {App} app
 * @param {string} listId
 * @param {string} [todoId]
 */
export async function openActivity(app, listId, todoId) {
  try {
    await import('./activity_dialog.js');
    app.ui.openDialog({ kind: 'activity', listId, todoId });
  } catch {
    app.ui.toast(t('This did not load. Reload the page when the server can be reached.'), {
      tone: 'warning',
    });
  }
}
