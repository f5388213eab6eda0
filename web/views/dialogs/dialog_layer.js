// The one open dialog. Native <dialog>: the focus stays inside, Esc closes, the rest is inert.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import './members_dialog.js';
import './list_dialog.js';
import './palette.js';
import './help_dialog.js';

const VIEWS = {
  members: 'll-members-dialog',
  list: 'll-list-dialog',
  palette: 'll-palette',
  help: 'll-help',
  confirm: 'll-confirm',
};

class DialogLayer extends View {
  static watches = true;

  render() {
    const { ui } = this.app;
    const { dialog } = ui;
    if (!dialog) return [];
    return [h('dialog', {
      key: dialog.kind,
      class: `dialog is-${dialog.kind}`,
      'aria-label': dialog.title ?? dialog.kind,
      onCancel: (event) => {
        event.preventDefault();
        ui.closeDialog();
      },
      // A press on the backdrop is one on the dialog itself, outside its content.
      onPointerdown: (event) => {
        if (event.target.localName === 'dialog') ui.closeDialog();
      },
    }, h(VIEWS[dialog.kind], { class: 'dialog-body', dialog, shown: this.state }))];
  }

  drawn() {
    const box = this.firstElementChild;
    if (box && !box.open) {
      box.showModal();
      box.querySelector('[autofocus]')?.focus();
    }
  }
}

class Confirm extends View {
  render() {
    const { title, text, action, run } = this.props.dialog;
    const { ui } = this.app;
    return [
      h('h2', null, title),
      h('p', { class: 'quiet' }, text),
      h(
        'div',
        { class: 'dialog-end' },
        h('button', {
          class: 'button',
          autofocus: true,
          onClick: () => ui.closeDialog(),
        }, 'Cancel'),
        h('button', {
          class: 'button danger solid',
          onClick: () => {
            ui.closeDialog();
            run();
          },
        }, action),
      ),
    ];
  }
}

customElements.define('ll-confirm', Confirm);
customElements.define('ll-dialog-layer', DialogLayer);
