// The webhooks of the user, of all lists or of one list that they own: create one, see whether it
// works, test it, and send again what its receiver missed.

import { listName } from '../../../format/list_name.js';
import { message, t, translated } from '../../../languages/translate.js';
import { may } from '../../../store/queries.js';
import { h } from '../../base/dom.js';
import { ReadSection } from './parts/read_section.js';
import { secretField, selectField } from './parts/fields.js';
import './webhook_row.js';

/**
 * @import { NewWebhookShape, WebhookShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @import { Field } from '../../base/form_view.js'
 */

const INTRODUCTION = message(
  'A webhook sends what happens in your lists to a program of yours, such as Home Assistant ' +
    'or n8n, at once and signed.',
);
const TODOS =
  'todo.created todo.edited todo.deleted todo.restored todo.purged todo.moved_in todo.moved_out';
/** @type {[string, string][]} names of events, and what the user reads */
const CHOICES = [
  ['', message('Everything')],
  [TODOS, message('Changes of todos')],
  ['todo.created', message('New todos')],
  ['comment.added', message('New comments')],
];
/** @type {Field[]} */
const FIELDS = [
  { name: 'name', label: message('What is it for?'), hint: message('Such as “Lights at home”.') },
  {
    name: 'url',
    label: message('Address'),
    type: 'url',
    hint: message('An https address of your server'),
  },
];

export class Webhooks extends ReadSection {
  /** @type {WebhookShape[]} */
  #webhooks = [];
  /** @type {NewWebhookShape | null} the webhook whose secret is shown */
  #created = null;
  /** The list whose webhooks are shown; empty: those of all lists. */
  #listId = '';

  connected() {
    this.#listId = new URLSearchParams(location.search).get('webhooks') ?? '';
    super.connected();
  }

  disconnected() {
    super.disconnected();
    this.#created = null;
  }

  get #path() {
    return this.#listId ? `/lists/${this.#listId}/webhooks` : '/users/me/webhooks';
  }

  async read() {
    const path = this.#path;
    /** @type {Answer<{items: WebhookShape[]}>} */
    const { body } = await this.app.session.call('GET', path);
    if (path === this.#path) this.#webhooks = body.items;
  }

  render() {
    return [
      h('p', { class: 'quiet' }, t(INTRODUCTION)),
      this.#choice(),
      this.failure(),
      this.#webhooks.map((webhook) =>
        h('ll-webhook-row', {
          key: webhook.id,
          webhook,
          onChanged: () => this.load(),
          onSecret: (/** @type {NewWebhookShape} */ created) => this.#show(created),
        })
      ),
      this.#created ? this.#secret(this.#created) : null,
      this.form(FIELDS, t('Create webhook'), (values, form) => this.#create(values, form), {
        afterFields: [
          selectField('webhook-events', 'events', t('It sends'), translated(CHOICES)),
        ],
      }),
    ];
  }

  #choice() {
    const owned = Object.values(this.state.lists)
      .filter(({ id }) => may(this.state, id, 'manage_webhooks'))
      .sort((a, b) => a.name.localeCompare(b.name));
    const options = owned.map((list) =>
      h('option', { value: list.id, selected: list.id === this.#listId }, listName(list))
    );
    return h(
      'div',
      { class: 'field', key: 'of' },
      h('label', { for: 'webhooks-of' }, t('Webhooks of')),
      h('select', {
        id: 'webhooks-of',
        class: 'input',
        onChange: (event) => {
          this.#listId = event.currentTarget.value;
          this.#webhooks = [];
          this.#created = null;
          this.draw();
          this.load();
        },
      }, [h('option', { value: '', selected: !this.#listId }, t('All my lists')), ...options]),
    );
  }

  /** @param {NewWebhookShape} created */
  #secret({ id, name, secret }) {
    return secretField(
      this.app.ui,
      'webhook-secret',
      `secret-${id}`,
      message('The secret of “{name}”. Copy it now: it is not shown again.'),
      name,
      secret,
    );
  }

  /** @param {NewWebhookShape} created */
  #show(created) {
    this.#created = created;
    this.load();
  }

  /**
   * @param {Record<string, string>} values
   * @param {HTMLFormElement} form
   */
  async #create({ name, url, events }, form) {
    /** @type {Answer<NewWebhookShape>} */
    const { body } = await this.app.session.call('POST', this.#path, {
      body: { name: name.trim(), url: url.trim(), events: events.split(' ').filter(Boolean) },
    });
    form.reset();
    this.#show(body);
  }
}

customElements.define('ll-webhooks', Webhooks);
