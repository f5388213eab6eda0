// The form of a dialog that asks for a name. What is typed is a draft on this device until it is
// saved or cancelled. A reload, the end of the session and Escape take no words away: the dialog
// has them when it opens again.

import { t } from '../../languages/translate.js';
import { placeOf } from '../../store/drafts.js';
import { h } from '../base/dom.js';

/**
 * @import { App } from '../../app.js'
 * @import { Action } from '../../store/policy.js'
 * @import { Child } from '../../types/dom.d.ts'
 */

/** What the user needs for saving it; without a list, nothing that can be lost. */
const OWN = { listId: '', action: /** @type {Action} */ ('create_todo') };

export class NameDraft {
  #drafts;
  #place;
  #keptWith;

  /**
   * @param {App} app
   * @param {string} field what has the name
   * @param {{id: string, name: string} | null | undefined} named none: it is new
   * @param {{listId: string, action: Action}} [keptWith]
   */
  constructor({ drafts }, field, named, keptWith = OWN) {
    this.#drafts = drafts;
    this.#place = placeOf(field, named?.id ?? 'new');
    this.#keptWith = keptWith;
    this.present = named?.name ?? '';
    const kept = drafts.text(this.#place);
    this.isKept = kept !== '';
    /** What the field has when the dialog opens. */
    this.first = kept || this.present;
  }

  /** @param {string} text */
  keep(text) {
    const isSaved = text.trim() === this.present;
    this.#drafts.keep(this.#place, { ...this.#keptWith, text: isSaved ? '' : text });
  }

  /** @param {Promise<unknown>} [sent] see Drafts.drop */
  drop(sent) {
    this.#drafts.drop(this.#place, sent);
  }

  /**
   * Forget the name that was saved; one that was typed since stays.
   * @param {string} name
   * @param {Promise<unknown>} [sent] see Drafts.drop
   */
  dropSaved(name, sent) {
    if (this.#drafts.text(this.#place).trim() === name) this.drop(sent);
  }
}

/**
 * @typedef {object} NameForm
 * @property {string} id of the field
 * @property {NameDraft} draft of the name
 * @property {number} maxlength
 * @property {Child} [fields] below the name
 * @property {string} problem why the name was not taken; or empty
 * @property {string} action what the button says that saves
 * @property {boolean} [busy]
 * @property {Child} [other] a button beside those that save and cancel
 * @property {(name: string) => void} onSave
 * @property {() => void} onCancel
 */

/** @param {NameForm} form */
export const nameForm = ({ id, draft, maxlength, fields = null, problem, onSave, ...end }) =>
  h(
    'form',
    {
      class: 'form',
      novalidate: true,
      onSubmit: (event) => {
        event.preventDefault();
        onSave(event.currentTarget.querySelector('input')?.value.trim() ?? '');
      },
    },
    h(
      'div',
      { class: 'field' },
      h('label', { for: id }, t('Name')),
      h('input', {
        id,
        class: 'input',
        maxlength,
        autofocus: true,
        autocomplete: 'off',
        value: draft.first,
        'aria-describedby': draft.isKept ? `${id}-kept` : undefined,
        onInput: (event) => draft.keep(event.currentTarget.value),
      }),
      draft.isKept ? notSaved(`${id}-kept`, draft.present) : null,
    ),
    fields,
    h('p', { class: 'problem', role: 'alert', hidden: !problem }, problem),
    buttons({
      ...end,
      onCancel: () => {
        draft.drop();
        end.onCancel();
      },
    }),
  );

/**
 * @param {string} id
 * @param {string} present empty for what is new
 */
const notSaved = (id, present) =>
  h(
    'p',
    { id, class: 'quiet' },
    t('You typed this before, and did not save it.'),
    present ? ` ${t('The name is still “{name}”.', { name: present })}` : '',
  );

/** @param {Pick<NameForm, 'action' | 'busy' | 'other' | 'onCancel'>} end */
const buttons = ({ action, busy = false, other = null, onCancel }) =>
  h(
    'div',
    { class: 'dialog-end' },
    other,
    h('button', { class: 'button', type: 'button', onClick: onCancel }, t('Cancel')),
    h('button', { class: 'button primary', type: 'submit', disabled: busy }, action),
  );
