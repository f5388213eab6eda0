// The menu of a folder: rename, move, delete.

import { shorten } from '../../format/shorten.js';
import { t } from '../../languages/translate.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { item } from '../dialogs/menu_item.js';
import { toastWithUndo } from '../shell/undo_toasts.js';
import { stepFolder } from './moving.js';

/** @import { UsedProps } from '../../types/dom.d.ts' */

/** @extends {View<{folderId: string, onDone: () => void} & UsedProps>} */
export class FolderMenu extends View {
  render() {
    const { folderId } = this.props;
    const folder = this.state.folders[folderId];
    if (!folder) return [];
    return [
      item(
        icon('pencil'),
        t('Rename folder'),
        () => this.app.ui.openDialog({ kind: 'folder', folderId }),
      ),
      item(
        icon('left', 'turned'),
        t('Move up'),
        this.#run(() => stepFolder(this.app, folderId, -1)),
      ),
      item(
        icon('right', 'turned'),
        t('Move down'),
        this.#run(() => stepFolder(this.app, folderId, 1)),
      ),
      item(
        icon('trash'),
        t('Delete folder, keep its lists'),
        this.#run(() => {
          this.app.actions?.deleteFolder(folderId);
          const name = shorten(folder.name);
          toastWithUndo(this.app, t('The folder “{name}” is gone. Its lists stay.', { name }));
        }),
        { danger: true },
      ),
    ];
  }

  /** @param {() => void} work */
  #run(work) {
    return () => {
      this.props.onDone();
      work();
    };
  }
}

customElements.define('ll-folder-menu', FolderMenu);
