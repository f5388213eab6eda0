// One API token in the settings: its name, which can be changed in place, and what it may do.

import { problemText } from '../../../format/problems.js';
import { t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { View } from '../../base/view.js';

/**
 * @import { ApiTokenShape } from '../../../types/contract.d.ts'
 * @typedef {object} Props
 * @property {ApiTokenShape} token
 * @property {string} facts
 * @property {() => void} onRevoke
 */

/** @extends {View<Props>} */
export class ApiTokenRow extends View {
  #isRenaming = false;
  #problem = '';

  render() {
    const { token, facts, onRevoke } = this.props;
    if (this.#isRenaming) return this.#form(token);
    return [
      h(
        'div',
        { class: 'plain-body' },
        h('p', null, token.name),
        h('p', { class: 'quiet' }, facts),
      ),
      h(
        'div',
        { class: 'plain-actions' },
        h('button', {
          class: 'button small',
          'aria-label': t('Rename {token}', { token: token.name }),
          onClick: () => this.#showForm(true),
        }, t('Rename')),
        h('button', {
          class: 'button small',
          'aria-label': t('Revoke {token}', { token: token.name }),
          onClick: onRevoke,
        }, t('Revoke')),
      ),
    ];
  }

  /** @param {ApiTokenShape} token */
  #form({ id, name }) {
    return h(
      'form',
      {
        class: 'plain-body token-name',
        onSubmit: (event) => {
          event.preventDefault();
          this.#rename(event.currentTarget);
        },
      },
      h('input', {
        name: 'name',
        class: 'input',
        value: name,
        maxlength: 100,
        'aria-label': t('Another name for {name}', { name }),
        'aria-describedby': this.#problem ? `problem-${id}` : undefined,
      }),
      h(
        'div',
        { class: 'plain-actions' },
        h('button', { class: 'button small primary', type: 'submit' }, t('Save')),
        h('button', {
          class: 'button small',
          type: 'button',
          onClick: () => this.#showForm(false),
        }, t('Cancel')),
      ),
      this.#problem
        ? h('p', { id: `problem-${id}`, class: 'problem', role: 'alert' }, this.#problem)
        : null,
    );
  }

  /** @param {boolean} isRenaming */
  #showForm(isRenaming) {
    this.#isRenaming = isRenaming;
    this.#problem = '';
    this.draw();
    // The focus stays in the row: in the field, and back on the button that opened it.
    const target = this.querySelector(isRenaming ? 'input' : 'button');
    if (target instanceof HTMLElement) target.focus();
  }

  /** @param {HTMLFormElement} form */
  async #rename(form) {
    const { token } = this.props;
    const name = String(new FormData(form).get('name')).trim();
    if (!name) return;
    try {
      await this.app.session.call('PATCH', `/users/me/api-tokens/${token.id}`, { body: { name } });
    } catch (error) {
      this.#problem = problemText(error);
      this.draw();
      return;
    }
    this.#showForm(false);
  }
}

customElements.define('ll-api-token-row', ApiTokenRow);
