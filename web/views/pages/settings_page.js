// The account: who I am, when my day is, how I sign in, where I am signed in, how it looks.

import { h } from '../base/dom.js';
import { FormView } from '../base/form_view.js';
import { icon } from '../base/icons.js';
import { avatar } from '../base/avatar.js';
import { applyTheme, chosenTheme } from '../shell/theme.js';
import { agoText } from '../../format/due.js';
import { problemText } from '../../format/problems.js';
import { NEW_PASSWORD } from './entry_pages.js';
import './notification_settings.js';
import './push_settings.js';
import './reminder_test.js';

class SettingsPage extends FormView {
  static watches = true;

  render() {
    const { account } = this.state;
    if (!account) return [];
    return [
      h(
        'div',
        { class: 'page narrow settings' },
        h(
          'header',
          { class: 'page-head' },
          h('div', { class: 'page-title' }, icon('settings'), h('h1', null, 'Settings')),
        ),
        h(
          'section',
          { class: 'settings-section' },
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
          ),
          h('ll-profile-form', { account }),
        ),
        h('section', { class: 'settings-section' }, h('h2', null, 'Appearance'), this.#theme()),
        h(
          'section',
          { class: 'settings-section' },
          h('h2', null, 'Notifications'),
          h('ll-notification-settings', {}),
          h('ll-push-settings', {}),
        ),
        h(
          'section',
          { class: 'settings-section' },
          h('h2', null, 'Reminders'),
          h('ll-reminder-test', {}),
        ),
        h(
          'section',
          { class: 'settings-section' },
          h('h2', null, 'Email'),
          account.mail_refused_at ? h('ll-mail-refusal', { account }) : null,
          h('ll-email-form', { account }),
        ),
        h(
          'section',
          { class: 'settings-section' },
          h('h2', null, 'Password'),
          h('ll-password-form', {}),
        ),
        h(
          'section',
          { class: 'settings-section' },
          h('h2', null, 'Where you are signed in'),
          h('ll-session-list', {}),
        ),
        h(
          'section',
          { class: 'settings-section' },
          h(
            'button',
            { class: 'button', onClick: () => this.#signOut() },
            icon('leave'),
            'Sign out',
          ),
        ),
      ),
    ];
  }

  #theme() {
    return h(
      'div',
      { class: 'segments', role: 'radiogroup', 'aria-label': 'Appearance' },
      ['system', 'light', 'dark'].map((theme) =>
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
          h('span', null, { system: 'As the device', light: 'Light', dark: 'Dark' }[theme]),
        )
      ),
    );
  }

  #signOut() {
    const { unsent } = this.app.store;
    if (unsent === 0) return this.app.session.signOut();
    return this.app.ui.openDialog({
      kind: 'confirm',
      title: 'Sign out now?',
      text: `${
        unsent === 1 ? 'One change has' : `${unsent} changes have`
      } not been sent yet. They stay on this device until you sign in here again.`,
      action: 'Sign out',
      run: () => this.app.session.signOut(),
    });
  }
}

class ProfileForm extends FormView {
  render() {
    const { account } = this.props;
    const zones = Intl.supportedValuesOf('timeZone');
    const known = zones.includes(account.time_zone) ? zones : [account.time_zone, ...zones];
    const zone = h(
      'div',
      { class: 'field' },
      h('label', { for: 'zone' }, 'Time zone'),
      h(
        'select',
        { id: 'zone', name: 'time_zone', class: 'input' },
        known.map((name) =>
          h(
            'option',
            { value: name, selected: name === account.time_zone },
            name.replaceAll('_', ' '),
          )
        ),
      ),
      h('p', { class: 'hint' }, 'Dates and reminders follow it.'),
    );
    const form = this.form(
      [{ name: 'name', label: 'Name', value: account.name, autocomplete: 'name' }, {
        name: 'bio',
        label: 'About you',
        value: account.bio,
        optional: true,
      }],
      'Save',
      async (values) => {
        await this.app.session.call('PATCH', '/users/me', {
          body: { ...values, name: values.name.trim() },
        });
        this.app.ui.toast('Saved.');
      },
    );
    form.children.splice(2, 0, zone);
    return [form];
  }
}

class MailRefusal extends FormView {
  render() {
    const { account } = this.props;
    return [
      h(
        'div',
        { class: 'banner', role: 'status' },
        h(
          'p',
          null,
          `Mail to ${account.email} bounces: its mail server says that it takes none (${account.mail_refusal}). Reminders and notifications are not mailed meanwhile.`,
        ),
        h('button', {
          class: 'button small',
          type: 'button',
          disabled: this.busy,
          onClick: () => this.#lift(),
        }, 'Try again'),
        this.problem ? h('p', { class: 'problem', role: 'alert' }, this.problem) : null,
      ),
    ];
  }

  async #lift() {
    this.busy = true;
    this.problem = '';
    this.draw();
    try {
      await this.app.session.call('DELETE', '/users/me/mail-refusal');
      this.app.ui.toast('The next mail to you is tried again.');
    } catch (error) {
      this.problem = problemText(error);
    }
    this.busy = false;
    if (this.isConnected) this.draw();
  }
}

class EmailForm extends FormView {
  render() {
    return [
      h('p', { class: 'quiet' }, 'A link goes to the new address; it changes once you follow it.'),
      this.form(
        [{ name: 'email', label: 'New address', type: 'email', autocomplete: 'email' }, {
          name: 'password',
          label: 'Your password',
          type: 'password',
          autocomplete: 'current-password',
        }],
        'Change address',
        async (values, form) => {
          await this.app.session.call('POST', '/users/me/email', { body: values });
          form.reset();
          this.app.ui.toast(`Follow the link we sent to ${values.email}.`);
        },
      ),
    ];
  }
}

class PasswordForm extends FormView {
  render() {
    return [
      this.form(
        [{
          name: 'current_password',
          label: 'Current password',
          type: 'password',
          autocomplete: 'current-password',
        }, { ...NEW_PASSWORD, name: 'new_password', label: 'New password' }],
        'Change password',
        async (values, form) => {
          await this.app.session.call('POST', '/users/me/password', { body: values });
          form.reset();
          this.app.ui.toast('Your password is changed. All other devices are signed out.');
        },
      ),
    ];
  }
}

class SessionList extends FormView {
  sessions = null;

  connected() {
    this.#load();
  }

  async #load() {
    try {
      this.sessions = (await this.app.session.call('GET', '/auth/sessions')).body.items;
    } catch (error) {
      this.problem = problemText(error);
    }
    this.redraw();
  }

  render() {
    const others = (this.sessions ?? []).filter(({ current }) => !current);
    return [
      this.problem ? h('p', { class: 'problem' }, this.problem) : null,
      (this.sessions ?? []).map((session) =>
        h(
          'div',
          { key: session.id, class: 'plain-row' },
          h(
            'div',
            { class: 'plain-body' },
            h(
              'p',
              null,
              deviceName(session.user_agent),
              session.current ? h('span', { class: 'label hue-teal' }, 'This one') : null,
            ),
            h(
              'p',
              { class: 'quiet' },
              [session.address, `active ${agoText(session.last_used_at, this.app.reader)}`].filter(
                Boolean,
              ).join(' · '),
            ),
          ),
          session.current ? null : h('button', {
            class: 'button small',
            onClick: () => this.#revoke(`/auth/sessions/${session.id}`),
          }, 'Sign out'),
        )
      ),
      others.length > 1
        ? h('button', {
          class: 'button',
          onClick: () => this.#revoke('/auth/sessions'),
        }, 'Sign out everywhere else')
        : null,
    ].filter(Boolean);
  }

  async #revoke(path) {
    try {
      await this.app.session.call('DELETE', path);
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
    await this.#load();
  }
}

/** "Firefox on Linux": enough to recognise a device of one's own. */
function deviceName(agent) {
  const browser = /Edg\//.test(agent)
    ? 'Edge'
    : /Firefox\//.test(agent)
    ? 'Firefox'
    : /Chrome\//.test(agent)
    ? 'Chrome'
    : /Safari\//.test(agent)
    ? 'Safari'
    : '';
  const system = /iPhone|iPad/.test(agent)
    ? 'iOS'
    : /Android/.test(agent)
    ? 'Android'
    : /Mac OS/.test(agent)
    ? 'macOS'
    : /Windows/.test(agent)
    ? 'Windows'
    : /Linux/.test(agent)
    ? 'Linux'
    : '';
  return [browser || 'An app', system && `on ${system}`].filter(Boolean).join(' ');
}

customElements.define('ll-profile-form', ProfileForm);
customElements.define('ll-mail-refusal', MailRefusal);
customElements.define('ll-email-form', EmailForm);
customElements.define('ll-password-form', PasswordForm);
customElements.define('ll-session-list', SessionList);
customElements.define('ll-settings-page', SettingsPage);
