// The page for a forgotten password: it mails a link.

import { message, t } from '../../../languages/translate.js';
import { request } from '../../../sync/api.js';
import { h } from '../../base/dom.js';
import { entryCard, FormView } from '../../base/form_view.js';
import { backToSignIn, EMAIL } from './mail_steps.js';

const RESET_SENT = message(
  'If that address has an account here, a link to a new password is on its way. ' +
    'It works for an hour.',
);

export class Forgot extends FormView {
  #isSent = false;

  render() {
    if (this.#isSent) {
      return [entryCard(t('Check your mail'), t(RESET_SENT), backToSignIn(), h('ll-dev-mail', {}))];
    }
    return [
      entryCard(
        t('Forgot your password?'),
        t('We mail you a link to choose a new one.'),
        this.form([EMAIL], t('Send the link'), async (values) => {
          await request('POST', '/auth/forgot-password', { body: values });
          this.#isSent = true;
        }),
        backToSignIn(),
      ),
    ];
  }
}

customElements.define('ll-forgot', Forgot);
