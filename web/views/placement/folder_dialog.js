// Makes a folder for lists, or renames one.

import { t } from '../../languages/translate.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';

/** @import { UsedProps } from '../../types/dom.d.ts' */

/** @extends {View<{folderId: string | null, listId: string | null} & UsedProps>} */
export class FolderDialog extends View {
  #problem = '';

  render() {
    const { folderId } = this.props;
    const folder = folderId ? this.state.folders[folderId] : null;
    return [
      h('h2', null, folder ? t('Rename folder') : t('New folder')),
      h(
        'form',
        {
          class: 'form',
          novalidate: true,
          onSubmit: (event) => {
            event.preventDefault();
            this.#save(event.currentTarget.querySelector('input')?.value.trim() ?? '');
          },
        },
        h(
          'div',
          { class: 'field' },
          h('label', { for: 'folder-name' }, t('Name')),
          h('input', {
            id: 'folder-name',
            class: 'input',
            maxlength: 50,
            autofocus: true,
            autocomplete: 'off',
            value: folder?.name,
          }),
        ),
        h('p', { class: 'problem', role: 'alert', hidden: !this.#problem }, this.#problem),
        this.#buttons(folder ? t('Save') : t('Make folder')),
      ),
    ];
  }

  /** @param {string} action */
  #buttons(action) {
    return h(
      'div',
      { class: 'dialog-end' },
      h('button', {
        class: 'button',
        type: 'button',
        onClick: () => this.app.ui.closeDialog(),
      }, t('Cancel')),
      h('button', { class: 'button primary', type: 'submit' }, action),
    );
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
    ui.closeDialog();
  }
}

customElements.define('ll-folder-dialog', FolderDialog);
