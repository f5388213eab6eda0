// What the user can do with the own order of lists, one method for each verb.

import { newTempId } from '../../sync/keys.js';
import { Mutations } from '../mutations.js';
import { foldersOf, groupOf, orderedLists } from './my_lists.js';

/**
 * @import { FolderEditBody, PlacementBody } from '../../types/contract.d.ts'
 */

export class ListActions extends Mutations {
  /**
   * Put a list elsewhere among the own lists.
   * @param {string} listId
   * @param {PlacementBody} changes
   */
  placeList(listId, changes) {
    const list = this.state.lists[listId];
    if (!list) return;
    const ordered = orderedLists(this.state);
    const at = ordered.findIndex(({ id }) => id === listId);
    const { favourite, folder_id } = list.placement;
    /** @type {PlacementBody} */
    const back = { favourite, folder_id };
    if (ordered[at + 1]) back.before_list_id = ordered[at + 1].id;
    else if (ordered[at - 1]) back.after_list_id = ordered[at - 1].id;
    this.#place(listId, changes);
    this.undos.push('moved', list.name, () => this.#place(listId, back));
  }

  /**
   * @param {string} listId
   * @param {PlacementBody} changes
   */
  #place(listId, changes) {
    const { folder_id: folder } = changes;
    const into = folder ? { folder_id: this.store.realId(folder) } : {};
    this.send('list.place', { list_id: listId, changes: { ...changes, ...into } });
  }

  /**
   * Move a list up or down among the lists that it is shown with. Return its new position, from 1,
   * and how many they are; null if there is no further way.
   * @param {string} listId
   * @param {1 | -1} step
   */
  moveList(listId, step) {
    const group = groupOf(this.state, listId);
    const at = group.findIndex(({ id }) => id === listId);
    const neighbour = group[at + step];
    if (at < 0 || !neighbour) return null;
    const { id } = neighbour;
    this.placeList(listId, step < 0 ? { before_list_id: id } : { after_list_id: id });
    return { position: at + step + 1, count: group.length };
  }

  /**
   * @param {string} name
   * @returns {string} the provisional id, usable at once for lists
   */
  addFolder(name) {
    const tempId = newTempId();
    this.send('folder.add', { temp_id: tempId, fields: { name } });
    return tempId;
  }

  /**
   * @param {string} folderId
   * @param {FolderEditBody} changes
   */
  editFolder(folderId, changes) {
    const folder = this.state.folders[this.store.realId(folderId)];
    if (folder) this.send('folder.edit', { folder_id: folder.id, changes });
  }

  /**
   * Move a folder up or down among the folders. Return its new position, as `moveList` does.
   * @param {string} folderId
   * @param {1 | -1} step
   */
  moveFolder(folderId, step) {
    const folders = foldersOf(this.state);
    const at = folders.findIndex(({ id }) => id === folderId);
    const neighbour = folders[at + step];
    if (at < 0 || !neighbour) return null;
    const { id } = neighbour;
    this.editFolder(folderId, step < 0 ? { before_folder_id: id } : { after_folder_id: id });
    return { position: at + step + 1, count: folders.length };
  }

  /**
   * Delete a folder; its lists stay. Undoing makes another folder of that name with these lists.
   * @param {string} folderId
   */
  deleteFolder(folderId) {
    const folder = this.state.folders[folderId];
    if (!folder) return;
    const lists = orderedLists(this.state)
      .filter(({ placement }) => placement.folder_id === folderId);
    this.send('folder.delete', { folder_id: folderId });
    this.undos.push('deleted', folder.name, () => {
      const again = this.addFolder(folder.name);
      for (const { id } of lists) this.#place(id, { folder_id: again });
    });
  }
}
