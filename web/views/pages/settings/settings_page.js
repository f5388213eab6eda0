// The settings of the user: account, appearance, notifications, sign-in, devices and
// API tokens.

import { message, t } from '../../../languages/translate.js';
import { avatar } from '../../base/avatar.js';
import { providers } from '../../../provider_sign_in.js';
import { h } from '../../base/dom.js';
import { icon } from '../../base/icons.js';
import { scrollToLoading } from '../../base/scroll_anchor.js';
import { siteLinks } from '../../base/site_links.js';
import { View } from '../../base/view.js';
import { askAndSignOut } from '../../shell/sign_out.js';
import { applyTheme, chosenTheme } from '../../shell/theme.js';
import './account_forms.js';
import './api_tokens.js';
import './calendar_feeds.js';
import './interop/applications.js';
import './data_export.js';
import '../../dialogs/list_export.js';
import './delete_account.js';
import './interop/imports.js';
import './linked_sign_ins.js';
import './notification_settings.js';
import { anchorOf } from './parts/section_titles.js';
import './parts/settings_nav.js';
import './passkeys.js';
import './push_settings.js';
import './reminder_test.js';
import './security_log.js';
import './session_list.js';
import './two_step_settings.js';
import '../sign_in/required_setup_page.js';
import './webhooks.js';

/**
 * @import { AccountShape } from '../../../types/contract.d.ts'
 * @import { Child } from '../../../types/dom.d.ts'
 * @import { App } from '../../../app.js'
 * @import { Theme } from '../../shell/theme.js'
 *
 * @typedef {[string, ...Child[]]} Section a title in English, which is in its address, and
 *   the content
 */

/** @type {[Theme, string][]} */
const THEMES = [['system', message('As the device')], ['light', message('Light')], [
  'dark',
  message('Dark'),
]];

const OFFLINE = message(
  'You are offline: what is missing here is loaded, and changes can be saved, when this device ' +
    'is online again.',
);

/** @extends {View<{}>} */
export class SettingsPage extends View {
  static watches = true;
  #hasScrolled = false;

  connected() {
    addEventListener('hashchange', this.#follow);
  }

  disconnected() {
    removeEventListener('hashchange', this.#follow);
  }

  /** A link to a section was followed while those above it may still load. */
  #follow = () => {
    this.#hasScrolled = false;
    this.drawn();
  };

  /** Show the section that the link in a mail names, as in `/settings#devices`. */
  drawn() {
    const section = location.hash.slice(1);
    if (this.#hasScrolled || !section || !this.state.account) return;
    this.#hasScrolled = true;
    const element = document.getElementById(section);
    if (element?.parentElement) scrollToLoading(element, element.parentElement);
  }

  render() {
    const { account } = this.state;
    if (!account) return [];
    const sections = this.#sections(account);
    return [h(
      'div',
      { class: 'page settings' },
      h(
        'header',
        { class: 'page-head' },
        h('div', { class: 'page-title' }, icon('settings'), h('h1', null, t('Settings'))),
      ),
      this.app.store.isOffline
        ? h('p', { key: 'offline', class: 'banner', role: 'status' }, t(OFFLINE))
        : null,
      h(
        'div',
        { class: 'settings-columns' },
        h('ll-settings-nav', { sections: linksTo(sections) }),
        h('div', { class: 'settings-sections' }, sections.map(section)),
      ),
      siteLinks(),
    )];
  }

  /**
   * @param {AccountShape} account
   * @returns {Section[]}
   */
  #sections(account) {
    return [
      [message('Profile'), profile(account), h('ll-profile-form', { account })],
      [message('Appearance'), this.#theme()],
      [message('Notifications'), h('ll-notification-settings', {}), h('ll-push-settings', {})],
      [message('Reminders'), h('ll-reminder-test', {})],
      [
        message('Email'),
        account.mail_refused_at ? h('ll-mail-refusal', { account }) : null,
        h('ll-email-form', {}),
      ],
      [message('Sign-in and security'), h('ll-two-step-settings', {})],
      [message('Password'), h('ll-password-form', {})],
      [message('Passkeys'), h('ll-passkeys', {})],
      ...linkedSignIns(),
      [message('Devices'), h('ll-session-list', {})],
      [message('Sign out'), ...signOut(this.app)],
      ...PROGRAMS,
      [message('Security log'), h('ll-security-log', {})],
      ...FILES,
    ];
  }

  #theme() {
    const choices = THEMES.map(([theme, text]) =>
      h(
        'label',
        { class: 'segment' },
        h('input', {
          type: 'radio',
          name: 'theme',
          checked: chosenTheme() === theme,
          onChange: () => {
            applyTheme(theme);
            this.draw();
          },
        }),
        h('span', null, t(text)),
      )
    );
    return h(
      'div',
      { class: 'segments', role: 'radiogroup', 'aria-label': t('Appearance') },
      choices,
    );
  }
}

/** @returns {Section[]} */
const linkedSignIns = () =>
  providers().length > 0 ? [[message('Linked sign-ins'), h('ll-linked-sign-ins', {})]] : [];

/** @type {Section[]} what other programs use */
const PROGRAMS = [
  [message('API tokens'), h('ll-api-tokens', {})],
  [message('Connected applications'), h('ll-applications', {})],
  [message('Calendar feeds'), h('ll-calendar-feeds', {})],
  [message('Webhooks'), h('ll-webhooks', {})],
];

/** @type {Section[]} what goes in and out of the account as files */
const FILES = [
  [message('Import'), h('ll-imports', {})],
  [message('Export lists'), h('ll-list-export', { listId: null })],
  [message('Your data'), h('ll-data-export', {}), h('ll-delete-form', {})],
];

/** @param {App} app */
const signOut = (app) => [
  h(
    'p',
    { class: 'quiet' },
    t('On this device. You are asked first if something is not sent yet.'),
  ),
  h('button', { class: 'button', onClick: () => askAndSignOut(app) }, icon('leave'), t('Sign out')),
];

/** @param {Section} section */
const section = ([title, ...content]) =>
  h(
    'section',
    { class: 'settings-section', id: anchorOf(title) },
    h('h2', null, t(title)),
    content,
  );

/** @param {Section[]} sections */
const linksTo = (sections) => sections.map(([title]) => ({ id: anchorOf(title), title: t(title) }));

/** @param {AccountShape} account */
const profile = (account) =>
  h(
    'div',
    { class: 'profile' },
    avatar(account, 'huge'),
    h(
      'div',
      null,
      h('p', { class: 'profile-name' }, account.name),
      h('p', { class: 'quiet' }, account.email),
    ),
  );

customElements.define('ll-settings-page', SettingsPage);
