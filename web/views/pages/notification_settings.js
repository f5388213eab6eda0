// By which way I want to be told of what: a row a kind, a box a way.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { timeText } from '../../format/due.js';
import { problemText } from '../../format/problems.js';

export const KINDS = [
  ['assigned', 'Somebody assigns me a todo'],
  ['mentioned', 'Somebody mentions me'],
  ['commented', 'Comments on todos I made, have or talked about'],
  ['invited', 'Somebody invites me to a list'],
  ['removed', 'Somebody removes me from a list'],
  ['reminded', 'A reminder of mine is due'],
];
const WAYS = [['in_app', 'Here'], ['mail', 'Mail'], ['push', 'Device']];

class NotificationSettings extends View {
  static watches = true;
  /** Boxes that were pressed and not answered yet. */
  #wanted = {};

  render() {
    const { preferences } = this.state;
    if (!preferences) return [];
    return [
      h(
        'table',
        { class: 'ways' },
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('th', { scope: 'col' }, 'When'),
            WAYS.map(([, name]) => h('th', { scope: 'col' }, name)),
          ),
        ),
        h(
          'tbody',
          null,
          KINDS.map(([kind, words]) =>
            h(
              'tr',
              { key: kind },
              h('th', { scope: 'row' }, words),
              WAYS.map(([way, name]) => h('td', null, this.#box(kind, way, `${words}: ${name}`))),
            )
          ),
        ),
      ),
      this.#digest(preferences),
    ];
  }

  #digest({ digest, digest_hour: hour }) {
    const clock = (number) => timeText(`${String(number).padStart(2, '0')}:00`, this.app.reader);
    return h(
      'div',
      { class: 'digest-row' },
      h(
        'label',
        null,
        h('input', {
          type: 'checkbox',
          checked: digest,
          onChange: (event) => this.#send({ digest: event.target.checked }),
        }),
        h('span', null, 'A mail a day: overdue, due today, assigned to me'),
      ),
      digest
        ? h(
          'select',
          {
            class: 'input',
            'aria-label': 'When the daily mail comes',
            onChange: (event) => this.#send({ digest_hour: Number(event.target.value) }),
          },
          Array.from(
            { length: 24 },
            (_none, number) =>
              h('option', { value: number, selected: number === hour }, clock(number)),
          ),
        )
        : null,
    );
  }

  #box(kind, way, label) {
    const { channels } = this.state.preferences;
    return h('input', {
      type: 'checkbox',
      'aria-label': label,
      checked: this.#wanted[`${kind} ${way}`] ?? channels[kind]?.[way] ?? false,
      onChange: (event) => this.#choose(kind, way, event.target.checked),
    });
  }

  async #choose(kind, way, on) {
    this.#wanted[`${kind} ${way}`] = on;
    await this.#send({ channels: { [kind]: { [way]: on } } });
    delete this.#wanted[`${kind} ${way}`];
    this.draw();
  }

  async #send(wish) {
    try {
      this.app.store.takePreferences(
        (await this.app.session.call('PATCH', '/users/me/preferences', { body: wish })).body,
      );
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
      this.draw();
    }
  }
}

customElements.define('ll-notification-settings', NotificationSettings);
