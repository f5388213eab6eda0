// Attaches files to a todo whose details need not be open.

import { t } from '../../languages/translate.js';
import { loadUploads, startedUploads } from './attachments_frame.js';

/**
 * @import { App } from '../../app.js'
 * @import { Todo } from '../../types/client.d.ts'
 */

/**
 * Let the user choose files, and show them in the details of the todo.
 * @param {App} app
 * @param {Todo} todo
 */
export function chooseFiles(app, todo) {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.addEventListener('change', async () => {
    if (!startedUploads()) await loadUploads(app);
    const uploads = startedUploads();
    if (!uploads) {
      app.ui.toast(t('This did not load. Reload the page when the server can be reached.'), {
        tone: 'warning',
      });
      return;
    }
    uploads.add(app.store.realId(todo.id), [...input.files ?? []]);
    app.router.openTodo(todo.id);
  });
  input.click();
}
