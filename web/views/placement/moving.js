// Moving lists and folders one step, and saying where they are then. The message is a live region.

import { shorten } from '../../format/shorten.js';
import { t } from '../../languages/translate.js';
import { foldersOf, placedLists } from '../../store/placement/my_lists.js';
import { afterDrawing } from '../base/frame.js';
import { toastWithUndo } from '../shell/undo_toasts.js';

/** @import { App } from '../../app.js' */

/** The toast about what did not move; a later one replaces it. */
const PLACE = 'place';

/**
 * Move a list one step among the lists that it is shown with.
 * @param {App} app
 * @param {string} listId
 * @param {1 | -1} step
 */
export function stepList(app, listId, step) {
  const { favourites, loose, folders } = placedLists(app.store.shown);
  const groups = [favourites, loose, ...folders.map(({ lists }) => lists)];
  const group = groups.find((lists) => lists.some(({ id }) => id === listId)) ?? [];
  const at = group.findIndex(({ id }) => id === listId);
  if (at < 0) return;
  const name = shorten(group[at].name);
  const neighbour = group[at + step]?.id;
  if (!neighbour) {
    sayAtEnd(app, name, step);
    return;
  }
  const beside = step < 0 ? { before_list_id: neighbour } : { after_list_id: neighbour };
  app.actions?.placeList(listId, beside);
  const reached = { name, position: at + step + 1, count: group.length };
  toastWithUndo(app, t('“{name}” is {position} of {count}.', reached));
}

/**
 * Move a folder one step.
 * @param {App} app
 * @param {string} folderId
 * @param {1 | -1} step
 */
export function stepFolder(app, folderId, step) {
  const folders = foldersOf(app.store.shown);
  const at = folders.findIndex(({ id }) => id === folderId);
  if (at < 0) return;
  const name = shorten(folders[at].name);
  const neighbour = folders[at + step]?.id;
  if (!neighbour) {
    sayAtEnd(app, name, step);
    return;
  }
  const beside = step < 0 ? { before_folder_id: neighbour } : { after_folder_id: neighbour };
  app.actions?.editFolder(folderId, beside);
  const reached = { name, position: at + step + 1, count: folders.length };
  app.ui.toast(t('Folder “{name}” is {position} of {count}.', reached), { slot: PLACE });
}

/**
 * @param {App} app
 * @param {string} name
 * @param {1 | -1} step
 */
function sayAtEnd(app, name, step) {
  const text = step < 0
    ? t('“{name}” is the first already.', { name })
    : t('“{name}” is the last already.', { name });
  app.ui.toast(text, { slot: PLACE });
}

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
