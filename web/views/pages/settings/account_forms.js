// The forms of the settings: profile, email address, password, and what to do when mail bounces.

import { problemText } from '../../../format/problems.js';
import { keepLanguage, wantedLanguage } from '../../../languages/loading.js';
import { language, t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { FormView } from '../../base/form_view.js';
import { NEW_PASSWORD } from '../sign_in/sign_in_pages.js';
import { regionFields } from './parts/region_fields.js';

/**
 * @import { AccountShape } from '../../../types/contract.d.ts'
 * @import { Field } from '../../base/form_view.js'
 */

/**
 * @param {string} name
 * @param {string} label
 * @returns {Field}
 */
const passwordField = (name, label) => ({
  name,
  label,
  type: 'password',
  autocomplete: 'current-password',
});

/** @extends {FormView<{account: AccountShape}>} */
export class ProfileForm extends FormView {
  render() {
    const { account } = this.props;
    /** @type {Field[]} */
    const fields = [
      { name: 'name', label: t('Name'), value: account.name, autocomplete: 'name' },
      { name: 'bio', label: t('About you'), value: account.bio, optional: true },
    ];
    return [
      this.form(fields, t('Save'), (values) => this.#save(values), {
        afterFields: regionFields(account),
      }),
    ];
  }

  /** @param {Record<string, string>} values */
  async #save(values) {
    await this.app.session.call('PATCH', '/users/me', {
      body: { ...values, name: values.name.trim() },
    });
    keepLanguage(values.language);
    // All that is shown is in the language before, in places that nothing else draws again.
    if (wantedLanguage(values.language) !== language()) return await this.#startAgain();
    this.app.ui.toast(t('Saved.'));
  }

  async #startAgain() {
    await this.app.sendLastWrites();
    location.reload();
  }
}

/** @extends {FormView<{account: AccountShape}>} */
export class MailRefusal extends FormView {
  render() {
    const { email, mail_refusal: reason } = this.props.account;
    const text = t(
      'Mail to {email} bounces: its mail server says that it takes none ({reason}). ' +
        'Reminders and notifications are not mailed meanwhile.',
      { email, reason },
    );
    return [
      h(
        'div',
        { class: 'banner', role: 'status' },
        h('p', null, text),
        h('button', {
          class: 'button small',
          type: 'button',
          disabled: this.busy,
          onClick: () => this.#tryAgain(),
        }, t('Try again')),
        this.problem ? h('p', { class: 'problem', role: 'alert' }, this.problem) : null,
      ),
    ];
  }

  async #tryAgain() {
    this.busy = true;
    this.problem = '';
    this.draw();
    try {
      await this.app.session.call('DELETE', '/users/me/mail-refusal');
      this.app.ui.toast(t('The next mail to you is tried again.'));
    } catch (error) {
      this.problem = problemText(error);
    }
    this.busy = false;
    if (this.isConnected) this.draw();
  }
}

export class EmailForm extends FormView {
  render() {
    /** @type {Field[]} */
    const fields = [
      { name: 'email', label: t('New address'), type: 'email', autocomplete: 'email' },
    ];
    return [
      h(
        'p',
        { class: 'quiet' },
        t('A link goes to the new address; it changes once you follow it.'),
      ),
      this.form(fields, t('Change address'), async (values, form) => {
        await this.app.session.call('POST', '/users/me/email', { body: values });
        form.reset();
        this.app.ui.toast(t('Follow the link we sent to {email}.', { email: values.email }));
      }),
    ];
  }
}

export class PasswordForm extends FormView {
  render() {
    const fields = [
      passwordField('current_password', t('Current password')),
      { ...NEW_PASSWORD, name: 'new_password', label: t('New password') },
    ];
    return [
      this.form(fields, t('Change password'), async (values, form) => {
        await this.app.session.call('POST', '/users/me/password', { body: values });
        form.reset();
        this.app.ui.toast(t('Your password is changed. All other devices are signed out.'));
      }),
    ];
  }
}

customElements.define('ll-profile-form', ProfileForm);
customElements.define('ll-mail-refusal', MailRefusal);
customElements.define('ll-email-form', EmailForm);
customElements.define('ll-password-form', PasswordForm);
