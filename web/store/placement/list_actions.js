// What the user can do with the own order of lists, one method for each verb.

import { newTempId } from '../../sync/keys.js';
import { Mutations } from '../mutations.js';
import { orderedLists } from './my_lists.js';

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
