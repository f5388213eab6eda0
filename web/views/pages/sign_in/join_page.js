// The page of a share link: asks for its password and a name, and begins the session of a guest.
// The token stays in the fragment, so that the page can be loaded again.

import { problemText, refusalIn } from '../../../format/problems.js';
import { message, t } from '../../../languages/translate.js';
import { own } from '../../../own.js';
import { siteFacts } from '../../../site.js';
import { request } from '../../../sync/api.js';
import { beginGuestSession } from '../../../sync/guest/guest_session.js';
import { h } from '../../base/dom.js';
import { entryCard, FormView } from '../../base/form_view.js';
import { inFragment } from './mail_link_pages.js';

/**
 * @import { GuestSessionShape, LinkPreviewShape } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 * @import { Field } from '../../base/form_view.js'
 */

/** @type {Field} */
const PASSWORD = {
  name: 'password',
  label: message('Password of the link'),
  type: 'password',
  autocomplete: 'off',
};
const MAY = {
  editor: message('You can see and edit it.'),
  commenter: message('You can see it and write comments.'),
  viewer: message('You can see it.'),
};
const UNKNOWN = message(
  'It is not complete, or it never worked. Ask for it again, and copy all of it.',
);
const ENDED = message(
  'Your visit has ended: its week was over, or an owner of the list ended it. What you ' +
    'wrote stays there.',
);
const AS_GUEST = message(
  'You are signed in, but no member of this list. Go on as a guest, beside your ' +
    'account, or ask an owner to invite you.',
);

export class JoinPage extends FormView {
  #token = inFragment('token') ?? '';
  /** @type {LinkPreviewShape | null} */
  #preview = null;
  #password = '';
  #needsPassword = false;
  #failure = '';

  connected() {
    if (!this.#preview && !this.#failure) this.#open().catch(() => {});
  }

  render() {
    if (this.#failure) return [entryCard(t('This link does not work'), this.#failure, homeLink())];
    if (this.#needsPassword) return [this.#passwordCard()];
    return this.#preview ? [this.#joinCard(this.#preview)] : [];
  }

  #passwordCard() {
    return entryCard(
      t('This list has a password'),
      t('Whoever gave you the link can tell you.'),
      this.form([PASSWORD], t('Go on'), async ({ password }) => {
        this.#password = password;
        await this.#open();
      }),
    );
  }

  /** @param {LinkPreviewShape} preview */
  #joinCard({ list_name: name, role }) {
    const { account } = this.state;
    const field = {
      name: 'name',
      label: t('Your name'),
      autocomplete: 'name',
      value: account?.name,
      hint: t('Everyone in the list sees it, followed by “(guest)”.'),
    };
    return entryCard(
      t('“{text}”', { text: name }),
      inFragment('ended') ? t(ENDED) : account ? t(AS_GUEST) : shared(role),
      this.form([field], t('Open the list'), (values) => this.#join(values.name.trim())),
      account ? homeLink() : null,
    );
  }

  async #open() {
    try {
      /** @type {Answer<LinkPreviewShape>} */
      const { body } = await request('POST', '/share-links/open', { body: this.#proof });
      this.#needsPassword = false;
      // A member needs no name: they see the list as themselves.
      if (own(this.state.lists, body.list_id)) return this.app.router.go(`/lists/${body.list_id}`);
      this.#preview = body;
    } catch (error) {
      this.#refused(error);
      if (this.#password) throw error;
    } finally {
      if (this.isConnected) this.redraw();
    }
  }

  /** @param {unknown} error */
  #refused(error) {
    const refusal = refusalIn(error);
    if (refusal?.code === 'link_password_required') this.#needsPassword = true;
    else if (refusal?.errors.some(({ field }) => field === 'password')) return;
    else if (refusal?.status === 404 || refusal?.status === 422) this.#failure = t(UNKNOWN);
    else if (refusal?.code === 'link_ended' || !this.#password) this.#failure = problemText(error);
  }

  /** @param {string} name */
  async #join(name) {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    /** @type {Answer<GuestSessionShape>} */
    const { body } = await request('POST', '/share-links/join', {
      body: { ...this.#proof, name, time_zone: timeZone },
    });
    beginGuestSession(body, this.#token);
  }

  get #proof() {
    return { token: this.#token, password: this.#password || null };
  }
}

/** @param {LinkPreviewShape['role']} role */
const shared = (role) =>
  [
    t('Somebody shares this list on {site} with you.', { site: siteFacts().name }),
    t(MAY[role]),
  ].join(' ');

const homeLink = () =>
  h('a', { class: 'button', href: '/' }, t('Go to {site}', { site: siteFacts().name }));

customElements.define('ll-join', JoinPage);
