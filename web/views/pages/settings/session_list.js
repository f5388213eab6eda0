// The devices on which the user is signed in, and buttons to sign them out.

import { agoText } from '../../../format/due.js';
import { problemText } from '../../../format/problems.js';
import { h } from '../../base/dom.js';
import { View } from '../../base/view.js';

/**
 * @import { SessionShape, SessionsShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

/** @extends {View<{}>} */
export class SessionList extends View {
  /** @type {SessionShape[]} */
  #sessions = [];
  #problem = '';

  connected() {
    this.#load();
  }

  async #load() {
    try {
      /** @type {Answer<SessionsShape>} */
      const { body } = await this.app.session.call('GET', '/auth/sessions');
      this.#sessions = body.items;
    } catch (error) {
      this.#problem = problemText(error);
    }
    this.redraw();
  }

  render() {
    const others = this.#sessions.filter(({ current }) => !current);
    return [
      this.#problem ? h('p', { class: 'problem' }, this.#problem) : null,
      this.#sessions.map((session) => this.#row(session)),
      others.length > 1
        ? h('button', {
          class: 'button',
          onClick: () => this.#revoke('/auth/sessions'),
        }, 'Sign out everywhere else')
        : null,
    ];
  }

  /** @param {SessionShape} session */
  #row({ id, user_agent: agent, address, current, last_used_at: lastUsedAt }) {
    const active = `active ${agoText(lastUsedAt, this.app.reader)}`;
    return h(
      'div',
      { key: id, class: 'plain-row' },
      h(
        'div',
        { class: 'plain-body' },
        h(
          'p',
          null,
          deviceName(agent),
          current ? h('span', { class: 'label hue-teal' }, 'This one') : null,
        ),
        h('p', { class: 'quiet' }, [address, active].filter(Boolean).join(' · ')),
      ),
      current ? null : h('button', {
        class: 'button small',
        onClick: () => this.#revoke(`/auth/sessions/${id}`),
      }, 'Sign out'),
    );
  }

  /** @param {string} path */
  async #revoke(path) {
    try {
      await this.app.session.call('DELETE', path);
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
    await this.#load();
  }
}

// The first that matches counts: Edge also says that it is Chrome, and Chrome that it is Safari.
/** @type {[RegExp, string][]} */
const BROWSERS = [
  [/Edg\//, 'Edge'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
/** @type {[RegExp, string][]} */
const SYSTEMS = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Mac OS/, 'macOS'],
  [/Windows/, 'Windows'],
  [/Linux/, 'Linux'],
];

/**
 * Return "Firefox on Linux": enough for users to recognise their own devices.
 * @param {string} agent
 */
export function deviceName(agent) {
  /** @param {[RegExp, string][]} names */
  const first = (names) => names.find(([pattern]) => pattern.test(agent))?.[1];
  const system = first(SYSTEMS);
  return `${first(BROWSERS) ?? 'An app'}${system ? ` on ${system}` : ''}`;
}

customElements.define('ll-session-list', SessionList);
