// What the pages share that send a mail to a user who is not signed in.

import { message, t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';

/**
 * @import { App } from '../../../app.js'
 * @import { Field } from '../../base/form_view.js'
 */

/** @type {Field} */
export const EMAIL = {
  name: 'email',
  label: message('Email'),
  type: 'email',
  autocomplete: 'username',
};
export const MAIL_KEY = 'livelist.mail-to';

export const backToSignIn = () =>
  h('p', { class: 'entry-other' }, h('a', { href: '/sign-in' }, t('Back to sign in')));

/**
 * @param {App} app
 * @param {string} email
 */
export function goCheckMail(app, email) {
  sessionStorage.setItem(MAIL_KEY, email);
  app.router.go('/check-mail');
}
