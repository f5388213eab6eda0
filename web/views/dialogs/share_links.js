// The share links of a list, for its owners: create one, copy it, change it, revoke it, and see how
// many use it now.

import { agoText, momentText } from '../../format/due.js';
import { problemText } from '../../format/problems.js';
import { message, t, tn, translated } from '../../languages/translate.js';
import { membersOf } from '../../store/queries.js';
import { presentIn } from '../../sync/presence.js';
import { h } from '../base/dom.js';
import { FormView } from '../base/form_view.js';
import { fieldsOf, select } from './share_link_fields.js';

/**
 * @import { ShareLinkShape } from '../../types/contract.d.ts'
 * @import { Answer } from '../../types/client.d.ts'
 */

const INTRODUCTION = message(
  'Whoever has a link uses this list without an account, as a guest. Guests see ' +
    'no addresses and no other list.',
);
const DAY = 86_400_000;
/** @type {[string, string][]} */
const ROLES = [['viewer', message('Can see')], ['commenter', message('Can comment')], [
  'editor',
  message('Can edit'),
]];
/** @type {[string, string][]} days and what the user reads; no days: for good */
const EXPIRIES = [['1', message('A day')], ['7', message('A week')], ['30', message('30 days')], [
  '',
  message('No end'),
]];
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
    const present = presentIn(this.app, this.props.listId);
    return membersOf(this.state, this.props.listId)
      .filter(({ user, link_id: id }) => id === linkId && present[user.id]).length;
  }

  render() {
    return [
      h('h3', null, t('Links')),
      h('p', { class: 'quiet' }, t(INTRODUCTION)),
      this.#failure ? h('p', { class: 'problem', role: 'alert' }, this.#failure) : null,
      this.#links.map((link) => this.#row(link)),
      this.#open === 'new'
        ? this.#form()
        : h('button', { class: 'button', onClick: () => this.#show('new') }, t('Create a link')),
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
            'aria-label': t('Copy the link {name}', { name }),
            onClick: () => this.#copy(token),
          }, t('Copy'))
          : null,
        h('button', {
          class: 'button small',
          'aria-label': t('Change the link {name}', { name }),
          onClick: () => this.#show(this.#open === id ? null : id),
        }, t('Change')),
        h('button', {
          class: 'button small',
          'aria-label': t('Revoke the link {name}', { name }),
          onClick: () => {
            this.#revoking = id;
            this.draw();
          },
        }, t('Revoke')),
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
    const time = expiresAt ? momentText(expiresAt, reader) : '';
    return [
      t(Object.fromEntries(ROLES)[role]),
      isLocked ? t('password') : '',
      expiresAt ? (isOver ? t('expired {time}', { time }) : t('until {time}', { time })) : '',
      link.last_used_at
        ? tn(link.use_count, 'used once, {ago}', 'used {count} times, last {ago}', {
          ago: agoText(link.last_used_at, reader),
        })
        : t('never used'),
      here ? tn(here, '{count} here now', '{count} here now') : '',
      link.token ? '' : t('made by another owner, who can copy it'),
    ];
  }

  /** @param {ShareLinkShape} link */
  #question({ id, name }) {
    const guests = this.#guestsOf(id);
    return h(
      'div',
      { class: 'share-link-question', role: 'alert' },
      h(
        'p',
        null,
        [
          t('Revoke “{name}”?', { name }),
          guests
            ? tn(guests, 'Its guest is out at once.', 'Its {count} guests are out at once.')
            : '',
          t('There is no way back.'),
        ].filter(Boolean).join(' '),
      ),
      h('button', {
        class: 'button small danger',
        disabled: this.busy,
        onClick: () => this.#revoke(id),
      }, t('Revoke the link')),
      h('button', { class: 'button small', onClick: () => this.#show(null) }, t('Keep it')),
    );
  }

  /** @param {ShareLinkShape} [link] the one to change; without, a new one */
  #form(link) {
    const known = translated(EXPIRIES);
    const expiries = link ? [[KEPT, t('As it is')], ...known] : known;
    return h(
      'div',
      { key: 'form', class: 'share-link-form' },
      this.form(
        fieldsOf(link),
        link ? t('Save') : t('Create link'),
        (values) => this.#save(values, link),
        {
          afterFields: [
            select('role', t('Guests'), translated(ROLES), link?.role ?? 'viewer'),
            select('expiry', t('It works for'), expiries, link ? KEPT : '7'),
          ],
          afterButton: [
            link?.has_password
              ? h('button', {
                class: 'button',
                type: 'button',
                onClick: () => this.#edit(link.id, { password: null }),
              }, t('Remove the password'))
              : null,
            h('button', {
              class: 'button',
              type: 'button',
              onClick: () => this.#show(null),
            }, t('Cancel')),
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
      this.app.ui.toast(t('The link is copied.'));
    } catch {
      // Browsers refuse it on pages without https.
      this.app.ui.toast(link, { stays: true });
    }
  }
}

customElements.define('ll-share-links', ShareLinks);
