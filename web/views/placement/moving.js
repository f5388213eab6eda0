// Moving lists and folders one step, and saying where they are then. The message is a live region.

import { shorten } from '../../format/shorten.js';
import { t } from '../../languages/translate.js';
import { afterDrawing } from '../base/frame.js';
import { toastWithUndo } from '../shell/undo_toasts.js';

/** @import { App } from '../../app.js' */

/** The toast about the place of a list; a later one replaces it. */
const PLACE = 'place';

/**
 * Move a list one step among the lists that it is shown with.
 * @param {App} app
 * @param {string} listId
 * @param {1 | -1} step
 */
export function stepList(app, listId, step) {
  const name = shorten(app.store.shown.lists[listId]?.name ?? '');
  const reached = app.actions?.moveList(listId, step);
  if (reached) toastWithUndo(app, t('“{name}” is {position} of {count}.', { name, ...reached }));
  else app.ui.toast(atEnd(name, step), { slot: PLACE });
}

/**
 * Move a folder one step.
 * @param {App} app
 * @param {string} folderId
 * @param {1 | -1} step
 */
export function stepFolder(app, folderId, step) {
  const name = shorten(app.store.shown.folders[folderId]?.name ?? '');
  const reached = app.actions?.moveFolder(folderId, step);
  const text = reached
    ? t('Folder “{name}” is {position} of {count}.', { name, ...reached })
    : atEnd(name, step);
  app.ui.toast(text, { slot: PLACE });
}

/**
 * @param {string} name
 * @param {1 | -1} step
 */
const atEnd = (name, step) =>
  step < 0
    ? t('“{name}” is the first already.', { name })
    : t('“{name}” is the last already.', { name });

/**
 * Move what a row of the side bar shows. The focus stays on it, wherever the row goes.
 * @param {App} app
 * @param {DOMStringMap} row
 * @param {1 | -1} step
 */
export function stepInSideBar(app, { placeList, placeFolder }, step) {
  if (placeList) stepList(app, placeList, step);
  if (placeFolder) stepFolder(app, placeFolder, step);
  const [name, id] = placeList ? ['list', placeList] : ['folder', placeFolder];
  afterDrawing(() => {
    const link = document.querySelector(`[data-place-${name}="${id}"] > .side-link`);
    if (link instanceof HTMLElement) link.focus();
  });
}
