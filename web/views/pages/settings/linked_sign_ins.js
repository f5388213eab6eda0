// The sign-ins at providers that are linked to the account: link one, and unlink it.

import { agoText } from '../../../format/due.js';
import { problemText } from '../../../format/problems.js';
import { t } from '../../../languages/translate.js';
import { goToProvider, providers } from '../../../provider_sign_in.js';
import { h } from '../../base/dom.js';
import { ItemSection } from './parts/item_section.js';

/**
 * @import { IdentityShape, StartedSignInShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

/** @extends {ItemSection<IdentityShape>} */
export class LinkedSignIns extends ItemSection {
  get path() {
    return '/users/me/identities';
  }

  /** @param {string} event */
  isAbout(event) {
    return event === 'credentials.changed';
  }

  render() {
    const linked = new Set(this.items.map(({ provider }) => provider));
    const others = this.isLoaded ? providers().filter(({ id }) => !linked.has(id)) : [];
    return [
      this.head(t('What else signs you in to this account.')),
      this.items.map((identity) => this.#row(identity)),
      h('p', { class: 'problem', role: 'alert', hidden: !this.problem }, this.problem),
      others.map(({ id, name }) =>
        h(
          'button',
          { key: id, class: 'button', onClick: () => this.#link(id) },
          t('Link {name}', { name }),
        )
      ),
    ];
  }

  /** @param {IdentityShape} identity */
  #row({ id, name, subject, created_at: createdAt }) {
    return h(
      'div',
      { key: id, class: 'plain-row' },
      h(
        'div',
        { class: 'plain-body' },
        h('p', null, name),
        h(
          'p',
          { class: 'quiet' },
          `${subject} · ${t('linked {ago}', { ago: agoText(createdAt, this.app.reader) })}`,
        ),
      ),
      h('button', {
        class: 'button small',
        'aria-label': t('Unlink {name}', { name }),
        onClick: () => this.#unlink(id),
      }, t('Unlink')),
    );
  }

  /** @param {string} provider */
  async #link(provider) {
    await this.#try(async () => {
      /** @type {Answer<StartedSignInShape>} */
      const { body } = await this.app.session.call('POST', this.path, { body: { provider } });
      goToProvider(body.url);
    });
  }

  /** @param {string} id */
  async #unlink(id) {
    await this.#try(() => this.app.session.call('DELETE', `${this.path}/${id}`));
    await this.load();
  }

  /** @param {() => Promise<unknown>} work */
  async #try(work) {
    this.problem = '';
    try {
      await work();
    } catch (error) {
      this.problem = problemText(error);
    }
    this.redraw();
  }
}

customElements.define('ll-linked-sign-ins', LinkedSignIns);
