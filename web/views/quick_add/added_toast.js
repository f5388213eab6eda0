// Says where a todo is that was just added and is not in view. The toast can undo it, too.

import { listName } from '../../format/list_name.js';
import { shorten } from '../../format/shorten.js';
import { t } from '../../languages/translate.js';
import { afterDrawing } from '../base/frame.js';
import { focusTodo, rowIn } from '../shell/row_navigation.js';
import { toastWithUndo } from '../shell/undo_toasts.js';

/**
 * @import { App } from '../../app.js'
 */

/**
 * Offer to scroll to the row of a new todo, unless it is in view. A todo with another day than the
 * page has no row there.
 * @param {App} app
 * @param {string} todoId
 * @param {string} listId
 */
export function sayIfUnseen(app, todoId, listId) {
  afterDrawing(() => {
    const todo = app.actions?.find(todoId);
    if (!todo) return;
    const row = rowIn(todo.id);
    if (row?.isInView) return;
    const title = shorten(todo.title);
    if (!row) {
      toastWithUndo(
        app,
        t('Added to “{name}”.', { name: listName(app.store.shown.lists[listId]) }),
      );
      return;
    }
    const text = row.list.closest('.view-new')
      ? t('Added “{title}”. It does not fit the filter.', { title })
      : t('Added “{title}”.', { title });
    const run = () => focusTodo(app.store.realId(todoId));
    toastWithUndo(app, text, { action: t('Show'), run });
  });
}
