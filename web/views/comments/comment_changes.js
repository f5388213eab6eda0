// What was changed of a comment: shows its versions, and offers to undo its deletion.

import { t } from '../../languages/translate.js';
import { deleteComment } from '../../store/thread_edits.js';
import { toastWithUndo } from '../shell/undo_toasts.js';

/**
 * @import { App } from '../../app.js'
 * @import { Comment, Todo } from '../../types/client.d.ts'
 */

/**
 * @param {App} app
 * @param {Todo} todo
 * @param {Comment} comment
 * @param {(userId: string) => string} nameOf
 */
export async function showVersions(app, todo, comment, nameOf) {
  try {
    await import('./comment_versions.js');
  } catch {
    app.ui.toast(t('The changes could not be loaded.'), { tone: 'warning' });
    return;
  }
  app.ui.openDialog({ kind: 'comment-versions', todo, comment, nameOf });
}

/**
 * @param {App} app
 * @param {Todo} todo
 * @param {Comment} comment
 */
export function deleteWithUndo(app, todo, comment) {
  if (!app.actions) return;
  deleteComment(app.actions, todo, comment);
  toastWithUndo(
    app,
    comment.reactions.length > 0
      ? t('The comment is deleted. Undo brings back its text, not its reactions.')
      : t('The comment is deleted.'),
  );
}
