// Makes a new list, or changes the name, the colour and the icon of one.

import { problemText } from '../../format/problems.js';
import { t } from '../../languages/translate.js';
import { h } from '../base/dom.js';
import { listMark } from '../base/list_mark.js';
import { View } from '../base/view.js';
import { colourField, COLOURS } from './colour_field.js';
import { NameDraft, nameForm } from './name_form.js';

/**
 * @import { Colour, MyListShape } from '../../types/contract.d.ts'
 * @import { Answer } from '../../types/client.d.ts'
 * @import { Action } from '../../store/policy.js'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

/** @type {Action} */
const EDIT = 'edit_list';
// What lists are often about. Any other emoji can be typed.
const ICONS = [...'🏠🛒💼📚🎓🎁🎉🛫🚗⛺🍳🥕💪🩺💶🐾🌱🎵🎬⚽🔧💡📷🧳'];
const EMOJI = /^\p{RGI_Emoji}$/v;
// Some keyboards leave out the selector that asks for colours.
const isEmoji = (/** @type {string} */ text) => EMOJI.test(text) || EMOJI.test(`${text}\uFE0F`);

/** @extends {View<{listId: string | null} & UsedProps>} */
export class ListDialog extends View {
  #problem = '';
  #busy = false;
  /** @type {Colour} */
  #colour = COLOURS[0];
  /** An emoji, or empty. */
  #icon = '';
  /** @type {NameDraft | null} */
  #opened = null;

  /** @returns {MyListShape | null} null for a new list */
  get #list() {
    const { listId } = this.props;
    return listId ? this.state.lists[listId] : null;
  }

  get #draft() {
    const list = this.#list;
    const kept = list ? { listId: list.id, action: EDIT } : undefined;
    return this.#opened ??= new NameDraft(this.app, 'list-name', list, kept);
  }

  connected() {
    const list = this.#list;
    this.#colour = list?.colour ??
      COLOURS[Object.keys(this.state.lists).length % COLOURS.length];
    this.#icon = list?.icon ?? '';
  }

  render() {
    const list = this.#list;
    return [
      h('h2', { id: 'dialog-title' }, list ? t('Name, colour, icon') : t('New list')),
      nameForm({
        id: 'list-name',
        draft: this.#draft,
        maxlength: 200,
        fields: [
          colourField(this.#colour, (colour) => {
            this.#colour = colour;
            this.draw();
          }),
          this.#iconField(),
        ],
        problem: this.#problem,
        action: list ? t('Save') : t('Make list'),
        busy: this.#busy,
        onSave: (name) => this.#save(list, name),
        onCancel: () => this.app.ui.closeDialog(),
      }),
    ];
  }

  #iconField() {
    const isOther = this.#icon !== '' && !ICONS.includes(this.#icon);
    return h(
      'fieldset',
      { class: 'swatches' },
      h('legend', null, t('Icon')),
      ['', ...ICONS].map((icon) => this.#iconChoice(icon)),
      h('input', {
        class: 'input icon-field',
        maxlength: 16,
        autocomplete: 'off',
        'aria-label': t('Another emoji'),
        placeholder: '😀',
        value: isOther ? this.#icon : '',
        onInput: (event) => {
          this.#icon = event.currentTarget.value.trim();
          this.draw();
        },
      }),
    );
  }

  /** @param {string} icon */
  #iconChoice(icon) {
    return h(
      'label',
      { class: 'swatch' },
      h('input', {
        type: 'radio',
        name: 'icon',
        value: icon,
        'aria-label': icon || t('No icon'),
        checked: icon === this.#icon,
        onChange: () => {
          this.#icon = icon;
          this.draw();
        },
      }),
      listMark({ icon, colour: this.#colour }),
    );
  }

  /**
   * @param {MyListShape | null} list
   * @param {string} name
   */
  async #save(list, name) {
    if (!name) {
      this.#problem = t('Give the list a name.');
      this.draw();
    } else if (this.#icon && !isEmoji(this.#icon)) {
      this.#problem = t('The icon must be one emoji.');
      this.draw();
    } else if (list) {
      const changes = { name, colour: this.#colour, icon: this.#icon };
      this.app.actions?.editList(list.id, changes);
      this.#draft.drop(this.app.actions?.kept);
      this.app.ui.closeDialog();
    } else {
      await this.#create(name);
    }
  }

  /** @param {string} name */
  async #create(name) {
    const { actions, store } = this.app;
    // Also while the page tries to connect again: the request would fail, and the queue waits.
    if (store.connection.state !== 'live' && actions) {
      this.#show(actions.addList({ name, colour: this.#colour, icon: this.#icon }), name);
      return;
    }
    this.#busy = true;
    this.draw();
    try {
      /** @type {Answer<MyListShape>} */
      const { body } = await this.app.session.call('POST', '/lists', {
        body: { name, colour: this.#colour, icon: this.#icon },
      });
      store.addList(body);
      this.#show(body.id, name);
      return;
    } catch (error) {
      this.#problem = problemText(error);
    }
    this.#busy = false;
    this.draw();
  }

  /**
   * @param {string} listId
   * @param {string} name
   */
  #show(listId, name) {
    this.#draft.dropSaved(name, this.app.actions?.kept);
    // The user closed the dialog before the answer came, and may be naming the next list.
    if (!this.isConnected) return;
    this.app.ui.closeDialog();
    this.app.ui.newList = listId;
    this.app.router.go(`/lists/${listId}`);
  }
}

customElements.define('ll-list-dialog', ListDialog);
