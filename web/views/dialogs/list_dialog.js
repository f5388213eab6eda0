// A new list, or another name and colour for one.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { problemText } from '../../format/problems.js';

const COLOURS = ['teal', 'blue', 'purple', 'pink', 'red', 'orange', 'yellow', 'green', 'grey'];

class ListDialog extends View {
  problem = '';
  busy = false;

  connected() {
    this.colour = this.state.lists[this.props.dialog.listId]?.colour ??
      COLOURS[Object.keys(this.state.lists).length % COLOURS.length];
  }

  render() {
    const list = this.state.lists[this.props.dialog.listId];
    return [
      h('h2', null, list ? 'Name and colour' : 'New list'),
      h(
        'form',
        {
          class: 'form',
          novalidate: true,
          onSubmit: (event) => {
            event.preventDefault();
            this.#save(list, event.target.elements.name.value.trim());
          },
        },
        h(
          'div',
          { class: 'field' },
          h('label', { for: 'list-name' }, 'Name'),
          h('input', {
            id: 'list-name',
            class: 'input',
            name: 'name',
            maxlength: 200,
            autofocus: true,
            value: list?.name,
            autocomplete: 'off',
          }),
        ),
        h(
          'fieldset',
          { class: 'swatches' },
          h('legend', null, 'Colour'),
          COLOURS.map((colour) =>
            h(
              'label',
              { class: 'swatch' },
              h('input', {
                type: 'radio',
                name: 'colour',
                value: colour,
                checked: colour === this.colour,
                onChange: () => {
                  this.colour = colour;
                  this.draw();
                },
              }),
              h('span', { class: `dot hue-${colour}` }),
              h('span', { class: 'hidden' }, colour),
            )
          ),
        ),
        h('p', { class: 'problem', role: 'alert', hidden: !this.problem }, this.problem),
        h(
          'div',
          { class: 'dialog-end' },
          h('button', {
            class: 'button',
            type: 'button',
            onClick: () => this.app.ui.closeDialog(),
          }, 'Cancel'),
          h(
            'button',
            { class: 'button primary', type: 'submit', disabled: this.busy },
            list ? 'Save' : 'Make list',
          ),
        ),
      ),
    ];
  }

  async #save(list, name) {
    if (!name) {
      this.problem = 'Give the list a name.';
      return this.draw();
    }
    if (list) {
      this.app.actions.editList(list.id, { name, colour: this.colour });
      return this.app.ui.closeDialog();
    }
    this.busy = true;
    this.draw();
    try {
      const { body } = await this.app.session.call('POST', '/lists', {
        body: { name, colour: this.colour },
      });
      this.app.store.addList(body);
      this.app.ui.closeDialog();
      this.app.router.go(`/lists/${body.id}`);
      await this.app.live.load(body.id);
      return document.querySelector('ll-quick-add input')?.focus();
    } catch (error) {
      this.problem = problemText(error);
    }
    this.busy = false;
    return this.draw();
  }
}

customElements.define('ll-list-dialog', ListDialog);
