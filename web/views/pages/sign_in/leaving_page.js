// What a user sees who signs in to an account that is about to be deleted: keep it, or delete it?

import { longMoment } from '../../../format/due.js';
import { problemText } from '../../../format/problems.js';
import { parts, t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { entryCard } from '../../base/form_view.js';
import { View } from '../../base/view.js';

const PATH = '/users/me/deletion';

/** @extends {View<{}>} */
export class LeavingPage extends View {
  static watches = true;
  #busy = false;
  #problem = '';

  render() {
    const { deleteAt } = this.app.session;
    if (!deleteAt) return [];
    const moment = longMoment(deleteAt, this.app.reader);
    return [entryCard(
      t('Your account is about to be deleted'),
      t('It is deleted for good on {moment}. Until then you can keep it, with everything in it.', {
        moment,
      }),
      h('p', { class: 'problem', role: 'alert', hidden: !this.#problem }, this.#problem),
      this.#button(t('Keep my account'), 'primary', () => this.#keep()),
      this.#button(t('Delete it now…'), 'danger', () => this.#askAndDelete()),
      h(
        'p',
        { class: 'entry-other' },
        parts('{signOut} and leave it as it is.', {
          signOut: h(
            'button',
            { class: 'link', type: 'button', onClick: () => this.app.signOut() },
            t('Sign out'),
          ),
        }),
      ),
    )];
  }

  /**
   * @param {string} text
   * @param {string} kind
   * @param {() => unknown} run
   */
  #button(text, kind, run) {
    const attributes = { class: `button wide ${kind}`, type: 'button', disabled: this.#busy };
    return h('button', { ...attributes, onClick: run }, text);
  }

  #keep() {
    return this.#run(async () => {
      const { app } = this;
      await app.session.call('DELETE', PATH);
      app.session.deleteAt = null;
      await app.openAccount();
      app.ui.toast(t('Your account stays. Welcome back.'));
    });
  }

  #askAndDelete() {
    this.app.ui.openDialog({
      kind: 'confirm',
      title: t('Delete your account now?'),
      text: t(
        'Your Inbox, the lists that only you are in, and all else about you are deleted at ' +
          'once. There is no way back.',
      ),
      action: t('Delete my account'),
      run: () =>
        this.#run(async () => {
          const { session, ui } = this.app;
          await session.call('POST', PATH);
          session.end();
          ui.toast(t('Your account is deleted.'));
        }),
    });
  }

  /** @param {() => Promise<void>} work */
  async #run(work) {
    this.#busy = true;
    this.#problem = '';
    this.draw();
    try {
      await work();
    } catch (error) {
      this.#problem = problemText(error);
    }
    this.#busy = false;
    this.redraw();
  }
}

customElements.define('ll-leaving-page', LeavingPage);
