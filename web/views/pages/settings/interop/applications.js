// The connected applications of the user: what each may do, when it was used, and its end.

import { agoText, momentText } from '../../../../format/due.js';
import { h } from '../../../base/dom.js';
import { reachText } from '../list_choice.js';
import { ItemSection } from '../parts/item_section.js';

/** @import { ApplicationShape } from '../../../../types/contract.d.ts' */

const INTRODUCTION = 'Programs that you have let in: assistants, editors, the command line.';
/** @type {Record<string, string>} */
const SCOPES = {
  read: 'Read only',
  write: 'Read and write',
  admin: 'Read, write and administer',
};

/** @extends {ItemSection<ApplicationShape>} */
export class Applications extends ItemSection {
  static watches = true;

  get path() {
    return '/users/me/applications';
  }

  /** @param {string} event */
  isAbout(event) {
    return event === 'credentials.changed';
  }

  render() {
    const isEmpty = this.isLoaded && this.items.length === 0;
    return [
      this.head(INTRODUCTION),
      isEmpty ? h('p', { class: 'quiet' }, 'There are none.') : null,
      this.items.map((application) => this.#row(application)),
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
    this.ask(
      `Disconnect “${name}”?`,
      'It stops working at once. It has to ask you again before it can go on.',
      'Disconnect',
      () => this.change('DELETE', id),
    );
  }
}

customElements.define('ll-applications', Applications);
