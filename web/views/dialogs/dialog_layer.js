// The one open dialog. A native <dialog>: the focus stays inside, Escape closes it, the rest of the
// page is inert.

import { t } from '../../languages/translate.js';
import { inboxOf } from '../../store/queries.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import './list_export.js';
import './palette/palette.js';
import '../quick_add/quick_add.js';
import './step_up_dialog.js';

/**
 * @import { Confirmation, Dialog } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

const OF_LIST = {
  members: 'll-members-dialog',
  export: 'll-list-export',
  activity: 'll-activity',
};

/**
 * What a dialog without a heading is called. That of another has the id `dialog-title`.
 * @type {Partial<Record<Dialog['kind'], () => string>>}
 */
const UNTITLED = { add: () => t('Add a todo'), palette: () => t('Search or go to') };

/** @extends {View<{}>} */
export class DialogLayer extends View {
  static watches = true;

  render() {
    const { ui } = this.app;
    const { dialog } = ui;
    if (!dialog) return [];
    return [h('dialog', {
      key: dialog.kind,
      class: `dialog is-${dialog.kind}`,
      'aria-label': UNTITLED[dialog.kind]?.(),
      'aria-labelledby': UNTITLED[dialog.kind] ? undefined : 'dialog-title',
      onCancel: (event) => {
        event.preventDefault();
        ui.closeDialog();
      },
      // A press on the backdrop is one on the dialog itself, outside its content.
      onPointerdown: (event) => {
        if (event.target === event.currentTarget) ui.closeDialog();
      },
    }, this.#content(dialog))];
  }

  /** @param {Dialog} dialog */
  #content(dialog) {
    const common = { class: 'dialog-body', usesState: this.state };
    switch (dialog.kind) {
      case 'members':
      case 'export':
      case 'activity':
        return h(OF_LIST[dialog.kind], { ...common, ...dialog });
      case 'add':
        return this.#addField();
      case 'list':
        return h('ll-list-dialog', { ...common, listId: dialog.listId ?? null });
      case 'label':
        return h('ll-label-dialog', { labelId: null, listId: null, ...common, ...dialog });
      case 'folder':
        return h('ll-folder-dialog', { folderId: null, listId: null, ...common, ...dialog });
      case 'email-address':
        return h('ll-email-address', {
          ...common,
          listId: dialog.listId,
          address: dialog.address ?? '',
        });
      case 'comment-versions':
        return h('ll-comment-versions', { ...common, subject: dialog });
      case 'palette': {
        const { searching = false, listId, todoId, pageListId } = dialog;
        return h('ll-palette', { ...common, searching, listId, todoId, pageListId });
      }
      case 'picture':
        return h('ll-picture-viewer', { ...common, ...dialog });
      case 'help':
        return h('ll-help', common);
      case 'step-up':
        return h('ll-step-up', { ...common, methods: dialog.methods, answer: dialog.answer });
      case 'confirm':
        return h('ll-confirm', { ...common, confirmation: dialog });
    }
  }

  #addField() {
    const { ui } = this.app;
    return h('ll-quick-add', {
      class: 'dialog-body',
      listId: inboxOf(this.state)?.id ?? '',
      placeholder: t('Add a todo to the Inbox'),
      onAdded: () => ui.closeDialog(),
    });
  }

  drawn() {
    const box = this.querySelector('dialog');
    if (!box || box.open) return;
    box.showModal();
    const first = box.querySelector('[autofocus]');
    if (first instanceof HTMLElement) first.focus();
  }
}

/** @extends {View<{confirmation: Confirmation} & UsedProps>} */
export class Confirm extends View {
  render() {
    const { title, text, action, run, isSafe, otherwise } = this.props.confirmation;
    const { ui } = this.app;
    /**
     * @param {string} label
     * @param {string} look
     * @param {() => void} work
     */
    const button = (label, look, work) =>
      h('button', {
        class: `button ${look}`,
        onClick: () => {
          ui.closeDialog();
          work();
        },
      }, label);
    const buttons = [
      h('button', {
        class: 'button',
        autofocus: true,
        onClick: () => ui.closeDialog(),
      }, t('Cancel')),
      otherwise ? button(otherwise.action, otherwise.look ?? '', otherwise.run) : null,
      button(action, isSafe ? 'primary' : 'danger solid', run),
    ];
    return [
      h('h2', { id: 'dialog-title' }, title),
      h('p', { class: 'quiet' }, text),
      // Three do not fit beside each other: the main one is the first of a column.
      otherwise
        ? h('div', { class: 'dialog-end is-stacked' }, buttons.reverse())
        : h('div', { class: 'dialog-end' }, buttons),
    ];
  }
}

customElements.define('ll-confirm', Confirm);
customElements.define('ll-dialog-layer', DialogLayer);
