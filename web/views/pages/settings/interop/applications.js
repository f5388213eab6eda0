// The connected applications of the user: what each may do, when it was used, and its end.

import { agoText, momentText } from '../../../../format/due.js';
import { problemText } from '../../../../format/problems.js';
import { h } from '../../../base/dom.js';
import { View } from '../../../base/view.js';
import { reachText } from '../list_choice.js';

/**
 * @import { ApplicationShape, EventFrame } from '../../../../types/contract.d.ts'
 * @import { Answer } from '../../../../types/client.d.ts'
 */

const PATH = '/users/me/applications';
const INTRODUCTION = 'Programs that you have let in: assistants, editors, the command line.';
/** @type {Record<string, string>} */
const SCOPES = {
  read: 'Read only',
  write: 'Read and write',
  admin: 'Read, write and administer',
};

/** @extends {View<{}>} */
export class Applications extends View {
  static watches = true;
  /** @type {ApplicationShape[]} */
  #applications = [];
  #isLoaded = false;
  #problem = '';

  connected() {
    this.app.store.addEventListener('applied', this.#receive);
    this.#load();
  }

  disconnected() {
    this.app.store.removeEventListener('applied', this.#receive);
  }

  /** @param {CustomEvent<EventFrame>} event */
  #receive = ({ detail }) => {
    if (detail.event === 'credentials.changed') this.#load();
  };

  async #load() {
    try {
      /** @type {Answer<{items: ApplicationShape[]}>} */
      const { body } = await this.app.session.call('GET', PATH);
      this.#applications = body.items;
      this.#isLoaded = true;
      this.#problem = '';
    } catch (error) {
      this.#problem = problemText(error);
    }
    this.redraw();
  }

  render() {
    const isEmpty = this.#isLoaded && this.#applications.length === 0;
    return [
      h('p', { class: 'quiet' }, INTRODUCTION),
      this.#problem ? h('p', { class: 'problem', role: 'alert' }, this.#problem) : null,
      isEmpty ? h('p', { class: 'quiet' }, 'There are none.') : null,
      this.#applications.map((application) => this.#row(application)),
    ];
  }

  /** @param {ApplicationShape} application */
  #row({ id, name, returns_to: host, scope, list_ids: listIds, ...times }) {
    const { reader } = this.app;
    const facts = [
      host,
      SCOPES[scope],
      listIds ? reachText(listIds, this.state.lists) : '',
      `since ${momentText(times.created_at, reader)}`,
      times.last_used_at ? `used ${agoText(times.last_used_at, reader)}` : 'never used',
    ];
    return h(
      'div',
      { key: id, class: 'plain-row' },
      h(
        'div',
        { class: 'plain-body' },
        h('p', null, name),
        h('p', { class: 'quiet' }, facts.filter(Boolean).join(' · ')),
      ),
      h('button', {
        class: 'button small',
        'aria-label': `Disconnect ${name}`,
        onClick: () => this.#askAndDisconnect(id, name),
      }, 'Disconnect'),
    );
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  #askAndDisconnect(id, name) {
    this.app.ui.openDialog({
      kind: 'confirm',
      title: `Disconnect “${name}”?`,
      text: 'It stops working at once. It has to ask you again before it can go on.',
      action: 'Disconnect',
      run: () => this.#disconnect(id),
    });
  }

  /** @param {string} id */
  async #disconnect(id) {
    try {
      await this.app.session.call('DELETE', `${PATH}/${id}`);
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
    await this.#load();
  }
}

customElements.define('ll-applications', Applications);
