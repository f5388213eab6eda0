// The API tokens of the user: create one for a program, see when each was used, and revoke them.

import { agoText, momentText } from '../../../format/due.js';
import { problemText } from '../../../format/problems.js';
import { h } from '../../base/dom.js';
import { FormView } from '../../base/form_view.js';
import './api_token_row.js';
import { chosenLists, listChoice, reachText } from './list_choice.js';

/**
 * @import { ApiTokenShape, EventFrame, NewApiTokenShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @import { Field } from '../../base/form_view.js'
 */

const PATH = '/users/me/api-tokens';
const INTRODUCTION = 'A token lets one program use your lists: a script or an ' +
  'assistant. Everybody who has it can do what it allows.';
const DAY = 86_400_000;

/** @type {Record<string, string>} */
const SCOPES = {
  read: 'Read only',
  write: 'Read and write',
  admin: 'Read, write and administer',
};

/** @type {[string, string][]} */
const REACHES = [['all', 'All lists, also those to come'], ['some', 'Some lists only']];

/** @type {[string, string][]} days and what the user reads; no days: for good */
const EXPIRIES = [['30', '30 days'], ['90', '90 days'], ['365', 'A year'], ['', 'No expiry']];

/** @type {Field[]} */
const FIELDS = [
  { name: 'name', label: 'What is it for?', hint: 'Such as “Calendar on my phone”.' },
];

/** @extends {FormView<{}>} */
export class ApiTokens extends FormView {
  /** @type {ApiTokenShape[]} */
  #tokens = [];
  /** @type {NewApiTokenShape | null} the token that was created just now, with its secret */
  #created = null;
  #listProblem = '';
  #isOfSomeLists = false;

  connected() {
    this.app.store.addEventListener('applied', this.#receive);
    this.#load();
  }

  disconnected() {
    this.app.store.removeEventListener('applied', this.#receive);
    this.#created = null;
  }

  /** @param {CustomEvent<EventFrame>} event */
  #receive = ({ detail }) => {
    if (detail.event.startsWith('api_token.')) this.#load();
  };

  async #load() {
    try {
      /** @type {Answer<{items: ApiTokenShape[]}>} */
      const { body } = await this.app.session.call('GET', PATH);
      this.#tokens = body.items;
      this.#listProblem = '';
    } catch (error) {
      this.#listProblem = problemText(error);
    }
    this.redraw();
  }

  render() {
    return [
      h('p', { class: 'quiet' }, INTRODUCTION),
      this.#listProblem ? h('p', { class: 'problem' }, this.#listProblem) : null,
      this.#tokens.map((token) => this.#row(token)),
      this.#created ? this.#secret(this.#created) : null,
      this.form(FIELDS, 'Create token', (values, form) => this.#create(values, form), {
        afterFields: [
          select('scope', 'It may', this.#scopes()),
          select('reach', 'In', REACHES, (reach) => {
            this.#isOfSomeLists = reach === 'some';
            this.draw();
          }),
          this.#isOfSomeLists ? listChoice(this.state.lists) : null,
          select('expiry', 'It works for', EXPIRIES),
        ],
      }),
    ];
  }

  /** @returns {[string, string][]} */
  #scopes() {
    const isUser = this.state.account?.site_role === 'user';
    return Object.entries(SCOPES).filter(([scope]) => scope !== 'admin' || !isUser);
  }

  /** @param {ApiTokenShape} token */
  #row(token) {
    const { id, scope, list_ids: listIds } = token;
    const facts = [
      SCOPES[scope],
      listIds ? reachText(listIds, this.state.lists) : '',
      this.#lastUse(token),
      this.#expiry(token),
    ];
    return h('ll-api-token-row', {
      key: id,
      class: 'plain-row',
      token,
      facts: facts.filter(Boolean).join(' · '),
      onRevoke: () => this.#askAndRevoke(token),
    });
  }

  /** @param {ApiTokenShape} token */
  #lastUse({ last_used_at: usedAt }) {
    return usedAt ? `used ${agoText(usedAt, this.app.reader)}` : 'never used';
  }

  /** @param {ApiTokenShape} token */
  #expiry({ expires_at: expiresAt }) {
    if (!expiresAt) return '';
    const { reader } = this.app;
    const isOver = Date.parse(expiresAt) <= reader.now;
    return `${isOver ? 'expired' : 'until'} ${momentText(expiresAt, reader)}`;
  }

  /** @param {NewApiTokenShape} created */
  #secret({ id, name, token }) {
    return h(
      'div',
      { key: `secret-${id}`, class: 'field', role: 'status' },
      h(
        'label',
        { for: 'new-api-token' },
        `The token “${name}”. Copy it now: it is not shown again.`,
      ),
      h('input', { id: 'new-api-token', class: 'input', readonly: true, value: token }),
      h('button', { class: 'button', type: 'button', onClick: () => this.#copy(token) }, 'Copy'),
    );
  }

  /** @param {string} token */
  async #copy(token) {
    try {
      await navigator.clipboard.writeText(token);
      this.app.ui.toast('Copied.');
    } catch {
      // Browsers refuse it on pages without https: the user copies the selected text.
      const field = this.querySelector('#new-api-token');
      if (field instanceof HTMLInputElement) field.select();
      this.app.ui.toast('Your browser does not allow it. Copy the selected text.');
    }
  }

  /**
   * @param {Record<string, string>} values
   * @param {HTMLFormElement} form
   */
  async #create({ name, scope, expiry, ...values }, form) {
    const listIds = this.#isOfSomeLists ? chosenLists(values) : null;
    if (listIds?.length === 0) {
      this.problem = 'Choose at least one list.';
      return;
    }
    const days = Number(expiry);
    const expiresAt = days ? new Date(Date.now() + days * DAY).toISOString() : null;
    /** @type {Answer<NewApiTokenShape>} */
    const { body } = await this.app.session.call('POST', PATH, {
      body: { name: name.trim(), scope, list_ids: listIds, expires_at: expiresAt },
    });
    form.reset();
    this.#isOfSomeLists = false;
    this.#created = body;
    await this.#load();
  }

  /** @param {ApiTokenShape} token */
  #askAndRevoke({ id, name }) {
    this.app.ui.openDialog({
      kind: 'confirm',
      title: `Revoke “${name}”?`,
      text: 'The program that uses it stops working at once. There is no way back.',
      action: 'Revoke',
      run: () => this.#revoke(id),
    });
  }

  /** @param {string} id */
  async #revoke(id) {
    try {
      await this.app.session.call('DELETE', `${PATH}/${id}`);
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
    if (this.#created?.id === id) this.#created = null;
    await this.#load();
  }
}

/**
 * @param {string} name
 * @param {string} label
 * @param {[string, string][]} choices values and what the user reads
 * @param {(value: string) => void} [onChoice]
 */
function select(name, label, choices, onChoice = (_value) => {}) {
  const id = `api-token-${name}`;
  const options = choices.map(([value, text]) => h('option', { value }, text));
  return h(
    'div',
    { class: 'field', key: name },
    h('label', { for: id }, label),
    h('select', {
      id,
      name,
      class: 'input',
      onChange: (event) => onChoice(event.currentTarget.value),
    }, options),
  );
}

customElements.define('ll-api-tokens', ApiTokens);
