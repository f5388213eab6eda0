// The connected applications of the user: what each may do, when it was used, and its end.

import { agoText, momentText } from '../../../../format/due.js';
import { message, t } from '../../../../languages/translate.js';
import { h } from '../../../base/dom.js';
import { reachText } from '../list_choice.js';
import { ItemSection } from '../parts/item_section.js';

/** @import { ApplicationShape } from '../../../../types/contract.d.ts' */

const INTRODUCTION = message(
  'Programs that you have let in: assistants, editors, the command line.',
);
/** @type {Record<string, string>} */
const SCOPES = {
  read: message('Read only'),
  write: message('Read and write'),
  admin: message('Read, write and administer'),
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
      this.head(t(INTRODUCTION)),
      isEmpty ? h('p', { class: 'quiet' }, t('There are none.')) : null,
      this.items.map((application) => this.#row(application)),
    ];
  }

  /** @param {ApplicationShape} application */
  #row({ id, name, returns_to: host, scope, list_ids: listIds, ...times }) {
    const { reader } = this.app;
    const facts = [
      host,
      t(SCOPES[scope]),
      listIds ? reachText(listIds, this.state.lists) : '',
      t('since {moment}', { moment: momentText(times.created_at, reader) }),
      times.last_used_at
        ? t('used {ago}', { ago: agoText(times.last_used_at, reader) })
        : t('never used'),
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
        'aria-label': t('Disconnect {name}', { name }),
        onClick: () => this.#askAndDisconnect(id, name),
      }, t('Disconnect')),
    );
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  #askAndDisconnect(id, name) {
    this.ask(
      t('Disconnect “{name}”?', { name }),
      t('It stops working at once. It has to ask you again before it can go on.'),
      t('Disconnect'),
      () => this.change('DELETE', id),
    );
  }
}

customElements.define('ll-applications', Applications);
