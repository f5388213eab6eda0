// Makes a folder for lists, or renames one.

import { t } from '../../languages/translate.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { NameDraft, nameForm } from '../dialogs/name_form.js';

/** @import { UsedProps } from '../../types/dom.d.ts' */

/** @extends {View<{folderId: string | null, listId: string | null} & UsedProps>} */
export class FolderDialog extends View {
  #problem = '';
  /** @type {NameDraft | null} */
  #opened = null;

  get #folder() {
    const { folderId } = this.props;
    return folderId ? this.state.folders[folderId] : null;
  }

  get #draft() {
    return this.#opened ??= new NameDraft(this.app, 'folder-name', this.#folder);
  }

  render() {
    const folder = this.#folder;
    return [
      h('h2', { id: 'dialog-title' }, folder ? t('Rename folder') : t('New folder')),
      nameForm({
        id: 'folder-name',
        draft: this.#draft,
        maxlength: 50,
        problem: this.#problem,
        action: folder ? t('Save') : t('Make folder'),
        onSave: (name) => this.#save(name),
        onCancel: () => this.app.ui.closeDialog(),
      }),
    ];
  }

  /** @param {string} name */
  #save(name) {
    if (!name) {
      this.#problem = t('Give the folder a name.');
      this.draw();
      return;
    }
    const { actions, ui } = this.app;
    const { folderId, listId } = this.props;
    if (folderId) actions?.editFolder(folderId, { name });
    else {
      const made = actions?.addFolder(name);
      if (listId) actions?.placeList(listId, { folder_id: made, favourite: false });
    }
    this.#draft.drop(actions?.kept);
    ui.closeDialog();
  }
}

customElements.define('ll-folder-dialog', FolderDialog);
