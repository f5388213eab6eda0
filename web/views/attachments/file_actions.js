// What is said of an attached file, and what can be done to it.

import { agoText } from '../../format/due.js';
import { problemText } from '../../format/problems.js';
import { t } from '../../languages/translate.js';
import { own } from '../../own.js';
import { saveFile } from '../base/save_file.js';
import { sizeText } from '../base/size.js';
import { LAST_CHANGE } from '../shell/undo_toasts.js';

/**
 * @import { App } from '../../app.js'
 * @import { AttachmentShape } from '../../types/contract.d.ts'
 * @import { State } from '../../types/client.d.ts'
 */

/**
 * The files of a todo that the page knows, oldest first.
 * @param {State} state
 * @param {string} listId
 * @param {string} todoId
 */
export function filesOf(state, listId, todoId) {
  const files = own(state.contents, listId)?.attachments[todoId]?.byId ?? {};
  return Object.values(files).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Return whether a file is no longer attached to a todo. After a new snapshot of the list the files
 * are not known until they are loaded again, which those of a todo without files never are.
 * @param {State} state
 * @param {string} listId
 * @param {string} todoId
 * @param {AttachmentShape} file
 */
export function isRemoved(state, listId, todoId, file) {
  const content = own(state.contents, listId);
  if (!content) return false;
  const thread = content.attachments[todoId];
  if (thread?.byId[file.id]) return false;
  if (thread?.loaded) return true;
  const todo = content.todos.get(todoId);
  return todo ? todo.attachment_count === 0 : content.isWhole;
}

/**
 * Size, who attached it, and when.
 * @param {App} app
 * @param {AttachmentShape} file
 */
export function aboutFile(app, file) {
  const ago = agoText(file.created_at, app.reader);
  return [sizeText(file.size_bytes, app.reader.locale), file.uploader?.name, ago].filter(Boolean)
    .join(' · ');
}

/**
 * @param {App} app
 * @param {AttachmentShape} file
 */
export async function downloadFile(app, file) {
  try {
    saveFile(await app.session.download(`/attachments/${file.id}/content`), file.name);
  } catch (error) {
    warn(app, error);
  }
}

/**
 * Remove a file, and offer to take that back. Return whether it was removed.
 * @param {App} app
 * @param {AttachmentShape} file
 */
export async function removeFile(app, file) {
  const path = `/attachments/${file.id}`;
  try {
    await app.session.call('DELETE', path);
  } catch (error) {
    warn(app, error);
    return false;
  }
  app.ui.toast(t('“{name}” was removed.', { name: file.name }), {
    action: t('Undo'),
    slot: LAST_CHANGE,
    run: () => {
      app.session.call('POST', `${path}/restore`).catch((error) => warn(app, error));
    },
  });
  return true;
}

/**
 * @param {App} app
 * @param {unknown} error
 */
function warn(app, error) {
  app.ui.toast(problemText(error), { tone: 'warning' });
}
