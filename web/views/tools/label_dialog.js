// Changes or deletes a label: of a list, or one that the user keeps for themselves. Makes one of
// the latter.

import { own } from '../../own.js';
import { labelColour } from '../../format/colours.js';
import { t } from '../../languages/translate.js';
import { deleteLabel, editLabel } from '../../store/list_labels.js';
import { isNamed } from '../../store/placement/label_names.js';
import { addOwnLabel, deleteOwnLabel, editOwnLabel } from '../../store/placement/own_labels.js';
import { labelsOf, ownLabels } from '../../store/queries.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { colourField } from '../dialogs/colour_field.js';
import { NameDraft, nameForm } from '../dialogs/name_form.js';
import { toastWithUndo } from '../shell/undo_toasts.js';

/**
 * @import { App } from '../../app.js'
 * @import { Colour, LabelShape, PersonalLabelShape } from '../../types/contract.d.ts'
 * @import { Action } from '../../store/policy.js'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

/** @type {Action} */
const EDIT = 'edit_labels';

/** @extends {View<{labelId: string | null, listId: string | null} & UsedProps>} */
export class LabelDialog extends View {
  #problem = '';
  /** @type {Colour} */
  #colour = 'grey';
  /** @type {NameDraft | null} */
  #opened = null;

  /** @returns {LabelShape | PersonalLabelShape | undefined} undefined for a new label */
  get #label() {
    const { listId, labelId } = this.props;
    const labels = listId ? this.state.contents[listId]?.labels : this.state.personalLabels;
    return own(labels ?? {}, this.app.store.realId(labelId ?? ''));
  }

  get #draft() {
    const { listId } = this.props;
    const kept = listId ? { listId, action: EDIT } : undefined;
    return this.#opened ??= new NameDraft(this.app, 'label-name', this.#label, kept);
  }

  connected() {
    this.#colour = this.#label?.colour ?? labelColour(ownLabels(this.state).length);
  }

  render() {
    const label = this.#label;
    if (this.props.listId && !label) return this.#gone();
    return [
      h('h2', { id: 'dialog-title' }, label ? t('Change the label') : t('New label only for me')),
      nameForm({
        id: 'label-name',
        draft: this.#draft,
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

  /** Another member has deleted the label, or removed the user from its list. */
  #gone() {
    return [
      h('h2', { id: 'dialog-title' }, t('Change the label')),
      h('p', null, t('This label is no longer here.')),
      h(
        'div',
        { class: 'dialog-end' },
        h('button', { class: 'button', onClick: () => this.app.ui.closeDialog() }, t('Close')),
      ),
    ];
  }

  /** @param {LabelShape | PersonalLabelShape} label */
  #deleteButton(label) {
    return h(
      'button',
      { class: 'button danger', type: 'button', onClick: () => this.#delete(label) },
      t('Delete'),
    );
  }

  /** @param {LabelShape | PersonalLabelShape} label */
  #delete(label) {
    const { actions, ui, router } = this.app;
    if (!actions) return;
    this.#draft.drop();
    if ('list_id' in label) deleteLabel(actions, label);
    else deleteOwnLabel(actions, label);
    ui.closeDialog();
    const { page, part = '' } = router.route;
    if (page === 'label' && this.app.store.realId(part) === label.id) router.go('/');
    toastWithUndo(this.app, t('The label “{name}” is deleted.', { name: label.name }));
  }

  /** @param {string} name */
  #save(name) {
    const { actions, ui } = this.app;
    const label = this.#label;
    if (!name || this.#isTaken(name) || !actions) {
      this.#problem = name ? this.#taken() : t('Give the label a name.');
      this.draw();
      return;
    }
    const fields = { name, colour: this.#colour };
    if (!label) addOwnLabel(actions, fields);
    else if ('list_id' in label) editLabel(actions, label, fields);
    else editOwnLabel(actions, label, fields);
    this.#draft.drop(actions.kept);
    ui.closeDialog();
  }

  /**
   * Return true if another label has the name.
   * @param {string} name
   */
  #isTaken(name) {
    const { state, props: { listId } } = this;
    const id = this.#label?.id;
    const labels = listId ? labelsOf(state, listId) : ownLabels(state);
    return isNamed(labels.filter((other) => other.id !== id), name);
  }

  #taken() {
    return this.props.listId
      ? t('This list has a label of that name already.')
      : t('You have a label of that name already.');
  }
}

/**
 * Return a menu's item of a label, with a button beside it that opens this dialog.
 * @param {App} app
 * @param {LabelShape | PersonalLabelShape} label
 * @param {ReturnType<typeof h>} entry
 */
export const withPencil = ({ ui }, label, entry) =>
  h(
    'div',
    { key: label.id, class: 'menu-row' },
    entry,
    h('button', {
      class: 'icon-button small menu-edit',
      type: 'button',
      'aria-label': t('Change the label “{name}”', { name: label.name }),
      'data-tip': t('Change'),
      onClick: () => {
        // The focus returns to what opened the menu.
        ui.closeMenu();
        const of = 'list_id' in label ? { listId: label.list_id } : {};
        ui.openDialog({ kind: 'label', labelId: label.id, ...of });
      },
    }, icon('pencil')),
  );

customElements.define('ll-label-dialog', LabelDialog);
