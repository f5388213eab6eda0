// The menu that moves a list: up, down, or to a folder.

import { shorten } from '../../format/shorten.js';
import { t } from '../../languages/translate.js';
import { foldersOf } from '../../store/placement/my_lists.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { item } from '../dialogs/menu_item.js';
import { toastWithUndo } from '../shell/undo_toasts.js';
import { stepList } from './moving.js';

/** @import { UsedProps } from '../../types/dom.d.ts' */

/** @extends {View<{listId: string, onDone: () => void} & UsedProps>} */
export class ListPlace extends View {
  render() {
    const { listId, onDone } = this.props;
    const list = this.state.lists[listId];
    if (!list) return [];
    const isIn = (/** @type {string | null} */ id) =>
      !list.placement.favourite && list.placement.folder_id === id;
    /** @param {1 | -1} step */
    const move = (step) => () => {
      onDone();
      stepList(this.app, listId, step);
    };
    return [
      h('div', { class: 'menu-title' }, t('Move “{name}”', { name: shorten(list.name) })),
      item(icon('left', 'turned'), t('Move up'), move(-1)),
      item(icon('right', 'turned'), t('Move down'), move(1)),
      h('div', { class: 'menu-title' }, t('To a folder')),
      foldersOf(this.state).map(({ id, name }) =>
        item(icon('folder'), name, () => this.#into(id, name), { checked: isIn(id), key: id })
      ),
      item(icon('close'), t('No folder'), () => this.#into(null, ''), { checked: isIn(null) }),
      item(
        icon('plus'),
        t('New folder…'),
        () => this.app.ui.openDialog({ kind: 'folder', listId }),
      ),
    ];
  }

  /**
   * @param {string | null} folderId
   * @param {string} folder
   */
  #into(folderId, folder) {
    const { listId, onDone } = this.props;
    const name = shorten(this.state.lists[listId].name);
    onDone();
    this.app.actions?.placeList(listId, { folder_id: folderId, favourite: false });
    const text = folderId
      ? t('“{name}” is in the folder “{folder}”.', { name, folder })
      : t('“{name}” is in no folder.', { name });
    toastWithUndo(this.app, text);
  }
}

customElements.define('ll-list-place', ListPlace);
