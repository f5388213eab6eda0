// The share links of a list, for its owners: create one, copy it, change it, revoke it, and see how
// many use it now.

import { agoText, momentText } from '../../format/due.js';
import { problemText } from '../../format/problems.js';
import { membersOf } from '../../store/queries.js';
import { h } from '../base/dom.js';
import { FormView } from '../base/form_view.js';
import { fieldsOf, select } from './share_link_fields.js';

/**
 * @import { ShareLinkShape } from '../../types/contract.d.ts'
 * @import { Answer } from '../../types/client.d.ts'
 */

const INTRODUCTION =
  'Whoever has a link uses this list without an account, as a guest. Guests see ' +
  'no addresses and no other list.';
const DAY = 86_400_000;
/** @type {[string, string][]} */
const ROLES = [['viewer', 'Can see'], ['commenter', 'Can comment'], ['editor', 'Can edit']];
/** @type {[string, string][]} days and what the user reads; no days: for good */
const EXPIRIES = [['1', 'A day'], ['7', 'A week'], ['30', '30 days'], ['', 'No end']];
const KEPT = 'kept';

/** @extends {FormView<{listId: string}>} */
export class ShareLinks extends FormView {
  // Whoever is present by which link.
  static watches = true;
  /** @type {ShareLinkShape[]} */
  #links = [];
  #failure = '';
  /** @type {string | null} the link that a form changes, or `new` */
  #open = null;
  /** @type {string | null} the link that the user is asked about */
  #revoking = null;
  #guestCount = -1;

  connected() {
    this.#load();
  }

  get #path() {
    return `/lists/${this.props.listId}/links`;
  }

  async #load() {
    try {
      /** @type {Answer<{items: ShareLinkShape[]}>} */
      const { body } = await this.app.session.call('GET', this.#path);
      this.#links = body.items;
      this.#failure = '';
    } catch (error) {
      this.#failure = problemText(error);
    }
    if (this.isConnected) this.redraw();
  }

  /** Guests who come and go change the counts. */
  drawn() {
    const count = this.#guestsOf(null);
    if (this.#guestCount >= 0 && count !== this.#guestCount) this.#load();
    this.#guestCount = count;
  }

  /** @param {string | null} linkId null: of all links */
  #guestsOf(linkId) {
    return membersOf(this.state, this.props.listId)
      .filter(({ link_id: id }) => linkId === null ? id : id === linkId).length;
  }

  /** @param {string} linkId */
  #presentBy(linkId) {
    const present = this.app.live?.presence.presentUsers[this.props.listId] ?? {};
    return membersOf(this.state, this.props.listId)
      .filter(({ user, link_id: id }) => id === linkId && present[user.id]).length;
  }

  render() {
    return [
      h('h3', null, 'Links'),
      h('p', { class: 'quiet' }, INTRODUCTION),
      this.#failure ? h('p', { class: 'problem', role: 'alert' }, this.#failure) : null,
      this.#links.map((link) => this.#row(link)),
      this.#open === 'new'
        ? this.#form()
        : h('button', { class: 'button', onClick: () => this.#show('new') }, 'Create a link'),
    ];
  }

  /** @param {string | null} open */
  #show(open) {
    this.#open = open;
    this.#revoking = null;
    this.problem = '';
    this.problems = {};
    this.draw();
    this.querySelector('input')?.focus();
  }

  /** @param {ShareLinkShape} link */
  #row(link) {
    const { id, name, token } = link;
    return h(
      'div',
      { key: id, class: 'share-link' },
      h(
        'div',
        { class: 'plain-row' },
        h(
          'div',
          { class: 'plain-body' },
          h('p', null, name),
          h('p', { class: 'quiet' }, this.#facts(link).filter(Boolean).join(' · ')),
        ),
        token
          ? h('button', {
            class: 'button small',
            'aria-label': `Copy the link ${name}`,
            onClick: () => this.#copy(token),
          }, 'Copy')
          : null,
        h('button', {
          class: 'button small',
          'aria-label': `Change the link ${name}`,
          onClick: () => this.#show(this.#open === id ? null : id),
        }, 'Change'),
        h('button', {
          class: 'button small',
          'aria-label': `Revoke the link ${name}`,
          onClick: () => {
            this.#revoking = id;
            this.draw();
          },
        }, 'Revoke'),
      ),
      this.#revoking === id ? this.#question(link) : null,
      this.#open === id ? this.#form(link) : null,
    );
  }

  /** @param {ShareLinkShape} link */
  #facts({ id, role, has_password: isLocked, expires_at: expiresAt, ...link }) {
    const { reader } = this.app;
    const isOver = expiresAt && Date.parse(expiresAt) <= reader.now;
    const here = this.#presentBy(id);
    return [
      Object.fromEntries(ROLES)[role],
      isLocked ? 'password' : '',
      expiresAt ? `${isOver ? 'expired' : 'until'} ${momentText(expiresAt, reader)}` : '',
      link.last_used_at
        ? `used ${link.use_count}×, last ${agoText(link.last_used_at, reader)}`
        : 'never used',
      here ? `${here} here now` : '',
      link.token ? '' : 'made by another owner, who can copy it',
    ];
  }

  /** @param {ShareLinkShape} link */
  #question({ id, name }) {
    const guests = this.#guestsOf(id);
    const who = guests === 1 ? 'Its guest is' : `Its ${guests} guests are`;
    return h(
      'div',
      { class: 'share-link-question', role: 'alert' },
      h(
        'p',
        null,
        `Revoke “${name}”? ${guests ? `${who} out at once. ` : ''}There is no way back.`,
      ),
      h('button', {
        class: 'button small danger',
        disabled: this.busy,
        onClick: () => this.#revoke(id),
      }, 'Revoke the link'),
      h('button', { class: 'button small', onClick: () => this.#show(null) }, 'Keep it'),
    );
  }

  /** @param {ShareLinkShape} [link] the one to change; without, a new one */
  #form(link) {
    const expiries = link ? [[KEPT, 'As it is'], ...EXPIRIES] : EXPIRIES;
    return h(
      'div',
      { key: 'form', class: 'share-link-form' },
      this.form(
        fieldsOf(link),
        link ? 'Save' : 'Create link',
        (values) => this.#save(values, link),
        {
          afterFields: [
            select('role', 'Guests', ROLES, link?.role ?? 'viewer'),
            select('expiry', 'It works for', expiries, link ? KEPT : '7'),
          ],
          afterButton: [
            link?.has_password
              ? h('button', {
                class: 'button',
                type: 'button',
                onClick: () => this.#edit(link.id, { password: null }),
              }, 'Remove the password')
              : null,
            h('button', {
              class: 'button',
              type: 'button',
              onClick: () => this.#show(null),
            }, 'Cancel'),
          ],
        },
      ),
    );
  }

  /**
   * @param {Record<string, string>} values
   * @param {ShareLinkShape} [link]
   */
  async #save({ name, role, password, expiry }, link) {
    const days = Number(expiry);
    const body = {
      name: name.trim(),
      role,
      ...(password ? { password } : {}),
      ...(expiry === KEPT
        ? {}
        : { expires_at: days ? new Date(Date.now() + days * DAY).toISOString() : null }),
    };
    if (link) return await this.#edit(link.id, body);
    /** @type {Answer<ShareLinkShape>} */
    const { body: created } = await this.app.session.call('POST', this.#path, { body });
    this.#links = [...this.#links, created];
    this.#show(null);
    if (created.token) await this.#copy(created.token);
  }

  /**
   * @param {string} id
   * @param {Record<string, unknown>} body
   */
  async #edit(id, body) {
    await this.app.session.call('PATCH', `${this.#path}/${id}`, { body });
    this.#show(null);
    await this.#load();
  }

  /** @param {string} id */
  async #revoke(id) {
    this.busy = true;
    this.draw();
    try {
      await this.app.session.call('DELETE', `${this.#path}/${id}`);
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
    this.busy = false;
    this.#revoking = null;
    await this.#load();
  }

  /** @param {string} token */
  async #copy(token) {
    const link = `${location.origin}/join#token=${token}`;
    try {
      await navigator.clipboard.writeText(link);
      this.app.ui.toast('The link is copied.');
    } catch {
      // Browsers refuse it on pages without https.
      this.app.ui.toast(link, { stays: true });
    }
  }
}

customElements.define('ll-share-links', ShareLinks);
