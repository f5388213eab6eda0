// One webhook in the settings: whether it works, what can be done with it, and its log.

import { agoText } from '../../../format/due.js';
import { problemText } from '../../../format/problems.js';
import { message, t, tn } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { View } from '../../base/view.js';

/**
 * @import {
 *   NewWebhookShape, WebhookDeliveryShape, WebhookShape,
 * } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @typedef {object} Props
 * @property {WebhookShape} webhook
 * @property {() => void} onChanged
 * @property {(created: NewWebhookShape) => void} onSecret
 */

/** @type {Record<string, string>} */
const REASONS = {
  user: message('disabled'),
  gone: message('disabled: its receiver wants no more'),
  failing: message('disabled: its receiver failed for days'),
  crashed: message('disabled: our worker could not send it'),
  secret: message('disabled: replace its secret'),
};
// What the name of the event does not say.
const KINDS = { event: '', gap: '', test: '', replay: message('again') };
const STATES = {
  pending: message('waiting'),
  delivered: message('delivered'),
  failed: message('failed'),
};
// Tests and repetitions are sent within a second or two; then the user can look again.
const LOOKS = 15;
const LOOK_MS = 1000;

/** @extends {View<Props>} */
export class WebhookRow extends View {
  /** @type {WebhookDeliveryShape[] | null} null while the log is closed */
  #log = null;
  #looks = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;

  disconnected() {
    clearTimeout(this.#timer);
  }

  get #path() {
    return `/webhooks/${this.props.webhook.id}`;
  }

  render() {
    const { webhook } = this.props;
    const { name, disabled_at: disabledAt, user_id: userId } = webhook;
    const isMine = userId === this.state.account?.id;
    return [
      h(
        'div',
        { class: 'plain-row' },
        h(
          'div',
          { class: 'plain-body' },
          h('p', null, name),
          h('p', { class: 'quiet' }, this.#facts(webhook)),
        ),
        h(
          'div',
          { class: 'plain-actions' },
          this.#button(t('Log'), name, () => this.#toggleLog()),
          disabledAt ? null : this.#button(t('Test'), name, () => this.#test()),
          disabledAt
            ? isMine ? this.#button(t('Enable'), name, () => this.#enable(true)) : null
            : this.#button(t('Disable'), name, () => this.#enable(false)),
          isMine ? this.#button(t('New secret'), name, () => this.#askAndReplace()) : null,
          this.#button('Delete', name, () => this.#askAndDelete()),
        ),
      ),
      this.#log ? this.#logTable(this.#log) : null,
    ];
  }

  /**
   * @param {string} label
   * @param {string} name
   * @param {() => void} run
   */
  #button(label, name, run) {
    const spoken = `${label}: ${name}`;
    return h('button', { class: 'button small', 'aria-label': spoken, onClick: run }, label);
  }

  /** @param {WebhookShape} webhook */
  #facts({ host, events, disabled_reason: reason, ...webhook }) {
    const { reader } = this.app;
    const delivered = webhook.last_delivered_at;
    return [
      host,
      events.length === 0
        ? t('everything')
        : events.length === 1
        ? events[0]
        : tn(events.length, '{count} event', '{count} events'),
      t(REASONS[reason] ?? ''),
      webhook.failing_since && !reason
        ? t('failing since {ago}: {error}', {
          ago: agoText(webhook.failing_since, reader),
          error: webhook.last_error,
        })
        : '',
      delivered
        ? t('last delivered {ago}', { ago: agoText(delivered, reader) })
        : t('nothing delivered yet'),
    ].filter(Boolean).join(' · ');
  }

  /** @param {WebhookDeliveryShape[]} log */
  #logTable(log) {
    if (log.length === 0) return h('p', { class: 'quiet', key: 'log' }, t('Nothing was sent yet.'));
    return h(
      'div',
      { class: 'webhook-log', key: 'log', role: 'list', 'aria-label': t('Deliveries') },
      log.map((delivery) =>
        h(
          'div',
          { class: 'plain-row', key: delivery.id, role: 'listitem' },
          h(
            'div',
            { class: 'plain-body' },
            h('p', null, [delivery.event, t(KINDS[delivery.kind])].filter(Boolean).join(' · ')),
            h('p', { class: 'quiet' }, this.#outcome(delivery)),
          ),
          delivery.kind === 'event' || delivery.kind === 'replay'
            ? h(
              'div',
              { class: 'plain-actions' },
              this.#button(t('Send again'), delivery.event, () => this.#replay(delivery.id)),
              this.#button(
                t('Send all from here'),
                delivery.event,
                () => this.#askAndReplay(delivery),
              ),
            )
            : null,
        )
      ),
    );
  }

  /** @param {WebhookDeliveryShape} delivery */
  #outcome({ state, attempts, error, response, ...delivery }) {
    return [
      t(STATES[state]),
      delivery.response_status ? t('status {status}', { status: delivery.response_status }) : error,
      delivery.duration_ms === null ? '' : `${delivery.duration_ms} ms`,
      attempts > 1 ? tn(attempts, '{count} attempt', '{count} attempts') : '',
      agoText(delivery.attempted_at ?? delivery.created_at, this.app.reader),
      response ? t('“{text}”', { text: response.slice(0, 80) }) : '',
    ].filter(Boolean).join(' · ');
  }

  #toggleLog() {
    clearTimeout(this.#timer);
    if (this.#log) {
      this.#log = null;
      this.draw();
    } else this.#look(1);
  }

  /** Read the log; again while something in it waits. @param {number} looks */
  #look(looks) {
    this.#looks = looks;
    this.#call('GET', '/deliveries', (/** @type {{items: WebhookDeliveryShape[]}} */ body) => {
      this.#log = body.items;
      this.draw();
      const isWaiting = body.items.some(({ state }) => state === 'pending');
      if (isWaiting && this.#looks < LOOKS && this.isConnected) {
        this.#timer = setTimeout(() => this.#look(this.#looks + 1), LOOK_MS);
      }
    });
  }

  #test() {
    this.#call('POST', '/test', () => this.#look(1));
  }

  /** @param {string} deliveryId */
  #replay(deliveryId) {
    this.#call('POST', `/deliveries/${deliveryId}/replay`, () => this.#look(1));
  }

  /** @param {WebhookDeliveryShape} delivery */
  #askAndReplay({ list_id: listId, seq, event, ...delivery }) {
    const at = agoText(delivery.created_at, this.app.reader);
    this.app.ui.openDialog({
      kind: 'confirm',
      title: t('Send all from here again?'),
      text: t('Everything of this list since “{event}”, sent {at}, is sent again, in order.', {
        event,
        at,
      }),
      action: t('Send'),
      run: () => {
        const body = { list_id: listId, from_seq: Math.max(0, (seq ?? 0) - 1) };
        this.#call('POST', '/replay', () => this.#look(1), body);
      },
    });
  }

  /** @param {boolean} isEnabled */
  #enable(isEnabled) {
    this.#call('PATCH', '', () => this.props.onChanged(), { is_enabled: isEnabled });
  }

  #askAndReplace() {
    this.app.ui.openDialog({
      kind: 'confirm',
      title: t('Replace the secret of “{webhook}”?', { webhook: this.props.webhook.name }),
      text: t(
        'The old one signs nothing any more. What fails until your receiver has the new one ' +
          'is sent again.',
      ),
      action: t('Replace'),
      run: () => this.#call('POST', '/secret', this.props.onSecret),
    });
  }

  #askAndDelete() {
    this.app.ui.openDialog({
      kind: 'confirm',
      title: t('Delete “{webhook}”?', { webhook: this.props.webhook.name }),
      text: t('Nothing is sent any more, and its log is deleted. There is no way back.'),
      action: t('Delete'),
      run: () => this.#call('DELETE', '', () => this.props.onChanged()),
    });
  }

  /**
   * @template Body
   * @param {string} method
   * @param {string} path
   * @param {(body: Body) => void} done
   * @param {Record<string, unknown>} [sent]
   */
  async #call(method, path, done, sent) {
    try {
      /** @type {Answer<Body>} */
      const { body } = await this.app.session.call(
        method,
        this.#path + path,
        sent ? { body: sent } : {},
      );
      done(body);
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
  }
}

customElements.define('ll-webhook-row', WebhookRow);
