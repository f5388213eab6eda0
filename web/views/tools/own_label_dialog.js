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
import { nameForm } from '../dialogs/name_form.js';
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
      nameForm({
        id: 'label-name',
        name: label?.name,
        maxlength: 50,
        fields: colourField(this.#colour, (colour) => {
          this.#colour = colour;
          this.draw();
        }),
        problem: this.#problem,
        action: label ? t('Save') : t('Make label'),
        other: label ? this.#deleteButton(label) : null,
        onSave: (name) => this.#save(name),
        onCancel: () => this.app.ui.closeDialog(),
      }),
    ];
  }

  /** @param {PersonalLabelShape} label */
  #deleteButton(label) {
    return h(
      'button',
      { class: 'button danger', type: 'button', onClick: () => this.#delete(label) },
      t('Delete'),
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
