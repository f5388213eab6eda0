// The cases of the reducer for where the user keeps lists, and how they look at them: order,
// favourites, folders, views.

import { without } from '../state.js';

/**
 * @import { EventCase, State } from '../../types/client.d.ts'
 */

/** @type {EventCase<'list.placed'>} */
export function placeLists(state, data) {
  const placed = data.lists.filter(({ list_id }) => Object.hasOwn(state.lists, list_id))
    .map(({ list_id, placement }) => [list_id, { ...state.lists[list_id], placement }]);
  return { ...state, lists: { ...state.lists, ...Object.fromEntries(placed) } };
}

/** @type {EventCase<'list.view_set'>} */
export function setView(state, { list_id: id, view }) {
  const list = state.lists[id];
  return list ? { ...state, lists: { ...state.lists, [id]: { ...list, view } } } : state;
}

/** @type {EventCase<'folder.set'>} */
export const putFolder = (state, { folder }) => ({
  ...state,
  folders: { ...state.folders, [folder.id]: folder },
});

/**
 * Remove a folder. Its lists stay, in no folder.
 * @param {State} state
 * @param {{folder_id: string}} data
 * @returns {State}
 */
export function removeFolder(state, { folder_id: folderId }) {
  const lists = Object.values(state.lists).map((list) =>
    list.placement.folder_id === folderId
      ? { ...list, placement: { ...list.placement, folder_id: null } }
      : list
  );
  return {
    ...state,
    folders: without(state.folders, folderId),
    lists: Object.fromEntries(lists.map((list) => [list.id, list])),
  };
}
