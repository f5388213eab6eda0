// What a guest of a share link sees above the list: whose guest they are, and the ways out.

import { parts, t } from '../../languages/translate.js';
import { own } from '../../own.js';
import { siteFacts } from '../../site.js';
import { h } from '../base/dom.js';

/**
 * @import { App } from '../../app.js'
 * @import { GuestSession } from '../../sync/guest/guest_session.js'
 */

/**
 * @param {App} app
 * @param {GuestSession} session
 */
export function guestBanner(app, { guest }) {
  const name = own(app.store.shown.lists, guest.list_id)?.name;
  // Another tab: an account belongs to the browser, and this tab to the guest.
  const signUp = siteFacts().registration === 'invited'
    ? null
    : h('a', { href: '/sign-up', target: '_blank', rel: 'noopener' }, t('Sign up to keep it'));
  return h(
    'div',
    { key: 'guest', class: 'guest-banner' },
    h('ll-live-badge', { noteId: 'guest-badge-note' }),
    h(
      'p',
      null,
      parts('You are a guest of {list}, as {name}.', {
        list: h('b', null, t('“{text}”', { text: name ?? '' })),
        name: guest.user.name,
      }),
    ),
    signUp,
  );
}
