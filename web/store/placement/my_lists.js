// Queries of the user's own lists: in their order, as favourites, and in folders.

import { own } from '../../own.js';
import { byRank } from '../../sync/rank.js';

/**
 * @import { FolderShape, MyListShape } from '../../types/contract.d.ts'
 * @import { State } from '../../types/client.d.ts'
 * @typedef {object} PlacedLists
 * @property {MyListShape[]} favourites wherever else they are
 * @property {MyListShape[]} loose in no folder
 * @property {{folder: FolderShape, lists: MyListShape[]}[]} folders
 */

/**
 * @param {MyListShape} a
 * @param {MyListShape} b
 */
const byPlace = (a, b) =>
  byRank({ id: a.id, rank: a.placement.rank }, { id: b.id, rank: b.placement.rank });

/**
 * Return the lists in the user's order: neither archived nor in the trash, without the Inbox.
 * @param {State} state
 */
export const orderedLists = (state) =>
  Object.values(state.lists)
    .filter((list) => !list.is_inbox && !list.deleted_at && !list.archived_at).sort(byPlace);

/**
 * Return the user's folders in their order.
 * @param {State} state
 */
export const foldersOf = (state) => Object.values(state.folders).sort(byRank);

/**
 * Return the lists as the side bar shows them. A favourite stands there alone, not in its folder.
 * @param {State} state
 * @returns {PlacedLists}
 */
export function placedLists(state) {
  const lists = orderedLists(state);
  const others = lists.filter(({ placement }) => !placement.favourite);
  /** @param {MyListShape} list */
  const folderOf = ({ placement: { folder_id: id } }) => id && own(state.folders, id) ? id : '';
  return {
    favourites: lists.filter(({ placement }) => placement.favourite),
    loose: others.filter((list) => folderOf(list) === ''),
    folders: foldersOf(state).map((folder) => ({
      folder,
      lists: others.filter((list) => folderOf(list) === folder.id),
    })),
  };
}
