// The API tokens of the user: create one for a program, see when each was used, and revoke them.

import { agoText, momentText } from '../../../format/due.js';
import { message, t, translated } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import './api_token_row.js';
import { chosenLists, listChoice, reachText } from './list_choice.js';
import { secretField, selectField } from './parts/fields.js';
import { ItemSection } from './parts/item_section.js';

/**
 * @import { ApiTokenShape, NewApiTokenShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @import { Field } from '../../base/form_view.js'
 */

const PATH = '/users/me/api-tokens';
const INTRODUCTION = message(
  'A token lets one program use your lists: a script or an ' +
    'assistant. Everybody who has it can do what it allows.',
);
const DAY = 86_400_000;

/** @type {Record<string, string>} */
const SCOPES = {
  read: message('Read only'),
  write: message('Read and write'),
  admin: message('Read, write and administer'),
};

/** @type {[string, string][]} */
const REACHES = [['all', message('All lists, also those to come')], [
  'some',
  message('Some lists only'),
]];

/** @type {[string, string][]} days and what the user reads; no days: for good */
const EXPIRIES = [['30', message('30 days')], ['90', message('90 days')], [
  '365',
  message('A year'),
], ['', message('No expiry')]];

/** @type {Field[]} */
const FIELDS = [
  {
    name: 'name',
    label: message('What is it for?'),
    hint: message('Such as “Calendar on my phone”.'),
  },
];

/** @extends {ItemSection<ApiTokenShape>} */
export class ApiTokens extends ItemSection {
  /** @type {NewApiTokenShape | null} the token that was created just now, with its secret */
  #created = null;
  #isOfSomeLists = false;

  get path() {
    return PATH;
  }

  disconnected() {
    super.disconnected();
    this.#created = null;
  }

  /** @param {string} event */
  isAbout(event) {
    return event.startsWith('api_token.');
  }

  render() {
    return [
      this.head(t(INTRODUCTION)),
      this.items.map((token) => this.#row(token)),
      this.#created ? this.#secret(this.#created) : null,
      this.form(FIELDS, t('Create token'), (values, form) => this.#create(values, form), {
        afterFields: [
          select('scope', t('It may'), this.#scopes()),
          select('reach', t('In'), translated(REACHES), (reach) => {
            this.#isOfSomeLists = reach === 'some';
            this.draw();
          }),
          this.#isOfSomeLists ? listChoice(this.state.lists) : null,
          select('expiry', t('It works for'), translated(EXPIRIES)),
        ],
      }),
    ];
  }

  /** @returns {[string, string][]} */
  #scopes() {
    const isUser = this.state.account?.site_role === 'user';
    return translated(Object.entries(SCOPES)).filter(([scope]) => scope !== 'admin' || !isUser);
  }

  /** @param {ApiTokenShape} token */
  #row(token) {
    const { id, scope, list_ids: listIds } = token;
    const facts = [
      t(SCOPES[scope]),
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
    return usedAt ? t('used {ago}', { ago: agoText(usedAt, this.app.reader) }) : t('never used');
  }

  /** @param {ApiTokenShape} token */
  #expiry({ expires_at: expiresAt }) {
    if (!expiresAt) return '';
    const { reader } = this.app;
    const isOver = Date.parse(expiresAt) <= reader.now;
    return isOver
      ? t('expired {time}', { time: momentText(expiresAt, reader) })
      : t('until {time}', { time: momentText(expiresAt, reader) });
  }

  /** @param {NewApiTokenShape} created */
  #secret({ id, name, token }) {
    return secretField(
      this.app.ui,
      'new-api-token',
      `secret-${id}`,
      message('The token “{name}”. Copy it now: it is not shown again.'),
      name,
      token,
    );
  }

  /**
   * @param {Record<string, string>} values
   * @param {HTMLFormElement} form
   */
  async #create({ name, scope, expiry, ...values }, form) {
    const listIds = this.#isOfSomeLists ? chosenLists(values) : null;
    if (listIds?.length === 0) {
      this.problem = t('Choose at least one list.');
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
    await this.load();
  }

  /** @param {ApiTokenShape} token */
  #askAndRevoke({ id, name }) {
    this.ask(
      t('Revoke “{name}”?', { name }),
      t('The program that uses it stops working at once. There is no way back.'),
      t('Revoke'),
      () => this.#revoke(id),
    );
  }

  /** @param {string} id */
  #revoke(id) {
    if (this.#created?.id === id) this.#created = null;
    return this.change('DELETE', id);
  }
}

/**
 * @param {string} name
 * @param {string} label
 * @param {[string, string][]} choices values and what the user reads
 * @param {(value: string) => void} [onChoice]
 */
const select = (name, label, choices, onChoice) =>
  selectField(`api-token-${name}`, name, label, choices, onChoice);

customElements.define('ll-api-tokens', ApiTokens);
