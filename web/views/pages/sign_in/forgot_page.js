// The page for a forgotten password: it mails a link.

import { request } from '../../../sync/api.js';
import { h } from '../../base/dom.js';
import { entryCard, FormView } from '../../base/form_view.js';
import { backToSignIn, EMAIL } from './check_mail.js';

const RESET_SENT = 'If that address has an account here, a link to a new password is on its way. ' +
  'It works for an hour.';

export class Forgot extends FormView {
  #isSent = false;

  render() {
    if (this.#isSent) {
      return [entryCard('Check your mail', RESET_SENT, backToSignIn(), h('ll-dev-mail', {}))];
    }
    return [
      entryCard(
        'Forgot your password?',
        'We mail you a link to choose a new one.',
        this.form([EMAIL], 'Send the link', async (values) => {
          await request('POST', '/auth/forgot-password', { body: values });
          this.#isSent = true;
        }),
        backToSignIn(),
      ),
    ];
  }
}

customElements.define('ll-forgot', Forgot);
