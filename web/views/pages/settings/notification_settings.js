// On which channels the user is notified of what: a row for each kind, a box for each channel.

import { timeText } from '../../../format/due.js';
import { KINDS } from '../../../format/notification_kinds.js';
import { problemText } from '../../../format/problems.js';
import { message, t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { View } from '../../base/view.js';

/**
 * @import {
 *   ChannelsShape, NotificationKind, PreferencesBody, PreferencesShape,
 * } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @typedef {keyof ChannelsShape} Channel
 */

/** @type {[Channel, string][]} */
const CHANNELS = [['in_app', message('Here')], ['mail', message('Mail')], [
  'push',
  message('Device'),
]];

/** @extends {View<{}>} */
export class NotificationSettings extends View {
  static watches = true;
  /** @type {Record<string, boolean>} boxes that were pressed and not answered yet */
  #unanswered = {};

  render() {
    const { preferences } = this.state;
    return preferences ? [this.#table(preferences), this.#digest(preferences)] : [];
  }

  /** @param {PreferencesShape} preferences */
  #table({ channels }) {
    const head = CHANNELS.map(([, name]) => h('th', { scope: 'col' }, t(name)));
    const rows = KINDS.map(([kind, text]) =>
      h(
        'tr',
        { key: kind },
        h('th', { scope: 'row' }, t(text)),
        CHANNELS.map(([channel, name]) => {
          const isOn = channels[kind]?.[channel] ?? false;
          return h('td', null, this.#box(kind, channel, `${t(text)}: ${t(name)}`, isOn));
        }),
      )
    );
    return h(
      'table',
      { class: 'channels' },
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('When')), head)),
      h('tbody', null, rows),
    );
  }

  /**
   * @param {NotificationKind} kind
   * @param {Channel} channel
   * @param {string} label
   * @param {boolean} isOn
   */
  #box(kind, channel, label, isOn) {
    return h('input', {
      type: 'checkbox',
      'aria-label': label,
      checked: this.#unanswered[`${kind} ${channel}`] ?? isOn,
      onChange: (event) => this.#choose(kind, channel, event.currentTarget.checked),
    });
  }

  /** @param {PreferencesShape} preferences */
  #digest({ digest, digest_hour: hour }) {
    return h(
      'div',
      { class: 'digest-row' },
      h(
        'label',
        null,
        h('input', {
          type: 'checkbox',
          checked: digest,
          onChange: (event) => this.#send({ digest: event.currentTarget.checked }),
        }),
        h('span', null, t('A mail a day: overdue, due today, assigned to me')),
      ),
      digest ? this.#hourField(hour) : null,
    );
  }

  /** @param {number} chosen */
  #hourField(chosen) {
    const hours = Array.from({ length: 24 }, (_none, hour) => {
      const text = timeText(`${String(hour).padStart(2, '0')}:00`, this.app.reader);
      return h('option', { value: hour, selected: hour === chosen }, text);
    });
    return h('select', {
      class: 'input',
      'aria-label': t('When the daily mail comes'),
      onChange: (event) => this.#send({ digest_hour: Number(event.currentTarget.value) }),
    }, hours);
  }

  /**
   * @param {NotificationKind} kind
   * @param {Channel} channel
   * @param {boolean} isOn
   */
  async #choose(kind, channel, isOn) {
    this.#unanswered[`${kind} ${channel}`] = isOn;
    await this.#send({ channels: { [kind]: { [channel]: isOn } } });
    delete this.#unanswered[`${kind} ${channel}`];
    this.draw();
  }

  /** @param {PreferencesBody} changes */
  async #send(changes) {
    try {
      /** @type {Answer<PreferencesShape>} */
      const { body } = await this.app.session.call('PATCH', '/users/me/preferences', {
        body: changes,
      });
      this.app.store.takePreferences(body);
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
      this.draw();
    }
  }
}

customElements.define('ll-notification-settings', NotificationSettings);
