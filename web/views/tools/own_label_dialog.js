// Makes a label that the user keeps for themselves, changes or deletes it.

import { t } from '../../languages/translate.js';
import { addOwnLabel, deleteOwnLabel, editOwnLabel } from '../../store/placement/own_labels.js';
import { ownLabels } from '../../store/queries.js';
import { own } from '../../own.js';
import { searchKey } from '../../format/folding.js';
import { labelColour } from '../../format/colours.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { colourField } from '../dialogs/colour_field.js';
import { toastWithUndo } from '../shell/undo_toasts.js';

/**
 * @import { Colour, PersonalLabelShape } from '../../types/contract.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

/** @extends {View<{labelId: string | null} & UsedProps>} */
export class OwnLabelDialog extends View {
  #problem = '';
  /** @type {Colour} */
  #colour = 'grey';

  /** @returns {PersonalLabelShape | undefined} undefined for a new label */
  get #label() {
    return own(this.state.personalLabels, this.app.store.realId(this.props.labelId ?? ''));
  }

  connected() {
    this.#colour = this.#label?.colour ?? labelColour(ownLabels(this.state).length);
  }

  render() {
    const label = this.#label;
    return [
      h('h2', null, label ? t('Change the label') : t('New label only for me')),
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
          h('label', { for: 'label-name' }, t('Name')),
          h('input', {
            id: 'label-name',
            class: 'input',
            maxlength: 50,
            autofocus: true,
            autocomplete: 'off',
            value: label?.name,
          }),
        ),
        colourField(this.#colour, (colour) => {
          this.#colour = colour;
          this.draw();
        }),
        h('p', { class: 'problem', role: 'alert', hidden: !this.#problem }, this.#problem),
        this.#buttons(label),
      ),
    ];
  }

  /** @param {PersonalLabelShape | undefined} label */
  #buttons(label) {
    const { ui } = this.app;
    return h(
      'div',
      { class: 'dialog-end' },
      label
        ? h('button', {
          class: 'button danger',
          type: 'button',
          onClick: () => this.#delete(label),
        }, t('Delete'))
        : null,
      h(
        'button',
        { class: 'button', type: 'button', onClick: () => ui.closeDialog() },
        t('Cancel'),
      ),
      h('button', { class: 'button primary', type: 'submit' }, label ? t('Save') : t('Make label')),
    );
  }

  /** @param {PersonalLabelShape} label */
  #delete(label) {
    const { actions, ui, router } = this.app;
    if (!actions) return;
    deleteOwnLabel(actions, label);
    ui.closeDialog();
    if (router.route.page === 'label') router.go('/');
    toastWithUndo(this.app, t('The label “{name}” is deleted.', { name: label.name }));
  }

  /** @param {string} name */
  #save(name) {
    const { actions, ui } = this.app;
    const label = this.#label;
    const isTaken = ownLabels(this.state).some((other) =>
      other.id !== label?.id && searchKey(other.name) === searchKey(name)
    );
    if (!name || isTaken || !actions) {
      this.#problem = name
        ? t('You have a label of that name already.')
        : t('Give the label a name.');
      this.draw();
      return;
    }
    const fields = { name, colour: this.#colour };
    if (label) editOwnLabel(actions, label, fields);
    else addOwnLabel(actions, fields);
    ui.closeDialog();
  }
}

customElements.define('ll-own-label-dialog', OwnLabelDialog);
