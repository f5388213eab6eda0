// The mail address of the user for a list, as a dialog: make it, copy it, replace it, revoke it.

import { listName } from '../../format/list_name.js';
import { problemText } from '../../format/problems.js';
import { message, t } from '../../languages/translate.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';

/**
 * @import { ListEmailAddressShape, NewListEmailAddressShape } from '../../types/contract.d.ts'
 * @import { Answer } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

const INTRODUCTION = message(
  'A mail to your address becomes a todo of this list. Everybody who knows ' +
    'the address can add todos in your name.',
);
const KNOWN = message(
  'You have an address. It was shown once, and is not shown again. A new address ' +
    'replaces it at once.',
);

/** @extends {View<{listId: string, address: string} & UsedProps>} */
export class EmailAddress extends View {
  /** @type {ListEmailAddressShape | null} */
  #facts = null;
  #problem = '';

  connected() {
    this.#load();
  }

  async #load() {
    try {
      /** @type {Answer<ListEmailAddressShape>} */
      const { body } = await this.app.session.call('GET', this.#path);
      this.#facts = body;
    } catch (error) {
      this.#problem = problemText(error);
    }
    this.redraw();
  }

  get #path() {
    return `/lists/${this.props.listId}/email-address`;
  }

  render() {
    const { address } = this.props;
    const hasOne = Boolean(address || this.#facts?.created_at);
    const failure = this.#facts?.last_failure;
    return [
      h(
        'h2',
        { id: 'dialog-title' },
        t('E-mail to “{list}”', { list: listName(this.state.lists[this.props.listId]) }),
      ),
      h('p', { class: 'quiet' }, t(INTRODUCTION)),
      address ? this.#field(address) : hasOne ? h('p', null, t(KNOWN)) : null,
      failure
        ? h('p', { class: 'problem' }, t('A mail did not become a todo: {failure}', { failure }))
        : null,
      h('p', { class: 'problem', role: 'alert', hidden: !this.#problem }, this.#problem),
      h(
        'div',
        { class: 'dialog-end' },
        h('button', { class: 'button', onClick: () => this.app.ui.closeDialog() }, t('Close')),
        hasOne
          ? h('button', { class: 'button danger', onClick: () => this.#revoke() }, t('Revoke'))
          : null,
        h('button', {
          class: 'button primary',
          autofocus: true,
          onClick: () => this.#make(),
        }, hasOne ? t('New address') : t('Make address')),
      ),
    ];
  }

  /** @param {string} address */
  #field(address) {
    return h(
      'div',
      { class: 'field', role: 'status' },
      h('label', { for: 'list-email-address' }, t('Your address. Copy it: it is not shown again.')),
      h('input', { id: 'list-email-address', class: 'input', readonly: true, value: address }),
      h(
        'button',
        { class: 'button', type: 'button', onClick: () => this.#copy(address) },
        t('Copy'),
      ),
    );
  }

  async #make() {
    // The question who they are takes the place of this dialog, which is opened anew.
    const { app, props: { listId } } = this;
    try {
      /** @type {Answer<NewListEmailAddressShape>} */
      const { body } = await app.session.call('POST', this.#path);
      app.ui.openDialog({ kind: 'email-address', listId, address: body.address });
    } catch (error) {
      app.ui.toast(problemText(error), { tone: 'warning' });
    }
  }

  async #revoke() {
    try {
      await this.app.session.call('DELETE', this.#path);
      this.app.ui.closeDialog();
      this.app.ui.toast(t('The address is revoked.'));
    } catch (error) {
      this.#problem = problemText(error);
      this.redraw();
    }
  }

  /** @param {string} address */
  async #copy(address) {
    try {
      await navigator.clipboard.writeText(address);
      this.app.ui.toast(t('Copied.'));
    } catch {
      // Browsers refuse it on pages without https: the user copies the selected text.
      const field = this.querySelector('#list-email-address');
      if (field instanceof HTMLInputElement) field.select();
      this.app.ui.toast(t('Your browser does not allow it. Copy the selected text.'));
    }
  }
}

customElements.define('ll-email-address', EmailAddress);
