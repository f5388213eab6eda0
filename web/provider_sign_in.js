// What a sign-in keeps in this tab: where the user was, and what one page hands to the next while
// the browser is at a provider. The secret of that sign-in is in a cookie that no script can read.

import { problemText } from './format/problems.js';
import { t } from './languages/translate.js';
import { siteFacts } from './site.js';
import { ENTRY_PAGES, parseAddress } from './store/router.js';

/**
 * @import { App } from './app.js'
 * @typedef {{token: string, name: string, email: string}} WaitingLink
 */

const RETURN = 'livelist.provider-return';
const RETURN_OF = 'livelist.return-of';
const LINK = 'livelist.provider-link';

/** Return the providers that the site has, in the order of their buttons. */
export const providers = () => siteFacts().sign_in_providers ?? [];

/** @param {string} id */
export const providerName = (id) => providers().find((provider) => provider.id === id)?.name ?? id;

/**
 * Go to the provider, and remember what this page shows.
 * @param {string} url
 */
export function goToProvider(url) {
  keepReturnPath();
  location.assign(url);
}

/** @param {{pathname: string, search: string}} address */
function isEntry(address) {
  const { page } = parseAddress(address);
  return ENTRY_PAGES.includes(page) || page === 'provider';
}

/**
 * Remember what this page shows, until the user has signed in.
 * @param {string} [userId] whose page it is; another user begins at "/"
 */
export function keepReturnPath(userId = '') {
  const { pathname, search, hash } = location;
  // A page that only signs in leaves what was open before. An invitation is in the fragment.
  if (!hash && isEntry(location)) return;
  sessionStorage.setItem(RETURN, pathname + search + hash);
  sessionStorage.setItem(RETURN_OF, userId);
}

/**
 * Return where the user wanted to go; "/" for a page that only signs in.
 * @param {string} userId
 */
export function takeReturnPath(userId) {
  const path = sessionStorage.getItem(RETURN) ?? '/';
  const of = sessionStorage.getItem(RETURN_OF);
  sessionStorage.removeItem(RETURN);
  if (of && of !== userId) return '/';
  const address = new URL(path, location.origin);
  // Only an address of our own: "//evil.example" begins with a slash too.
  if (address.origin !== location.origin || !/^\/(?![/\\])/.test(path)) return '/';
  return isEntry(address) ? '/' : path;
}

/** Return the token of the invitation that the user had opened, or "". */
export function invitationBefore() {
  const path = sessionStorage.getItem(RETURN) ?? '/';
  return new URLSearchParams(new URL(path, location.origin).hash.slice(1)).get('token') ?? '';
}

/** @param {WaitingLink} link */
export const keepLink = (link) => sessionStorage.setItem(LINK, JSON.stringify(link));

/**
 * Return the sign-in that waits until the user signs in to the account that has its address.
 * @returns {WaitingLink | null}
 */
export const waitingLink = () => JSON.parse(sessionStorage.getItem(LINK) ?? 'null');

export const forgetLink = () => sessionStorage.removeItem(LINK);

/**
 * Link the sign-in with a provider that waited for the user to sign in to the account.
 * @param {App} app
 */
export async function confirmLink(app) {
  const link = waitingLink();
  if (!link) return;
  forgetLink();
  try {
    await app.session.call('POST', '/auth/oidc/links', { body: { token: link.token } });
    app.ui.toast(t('{provider} signs you in from now on.', { provider: link.name }));
  } catch (error) {
    app.ui.toast(problemText(error), { tone: 'warning', stays: true });
  }
}
