// Whether this device shows the user's notifications, also while no page is open.

import { problemText } from '../../../format/problems.js';
import { message, t } from '../../../languages/translate.js';
import { readPush, turnOff, turnOn } from '../../../push.js';
import { h } from '../../base/dom.js';
import { ReadSection } from './parts/read_section.js';

/**
 * @import { PushState } from '../../../push.js'
 */

/** @type {Record<PushState, string>} */
const TEXTS = {
  impossible: message('This browser cannot show notifications while the page is closed.'),
  off: message('Whoever runs this site has not set up notifications for devices.'),
  denied: message(
    'Notifications of this site are blocked in your browser. Allow them there first.',
  ),
  ready: message(
    'This device can show them also when no page is open: ' +
      'with titles and names, also on a locked screen.',
  ),
  on: message(
    'This device shows what is ticked under “Device”, ' +
      'with titles and names, also on a locked screen.',
  ),
};
const NOT_SUBSCRIBED = message(
  'The browser could not subscribe. Some need to be signed in to their ' +
    'maker, or refuse in private windows.',
);

export class PushSettings extends ReadSection {
  /** @type {{state: PushState, key: string | null} | null} null until it is known */
  #push = null;
  #busy = false;

  get #userId() {
    return this.app.store.confirmed.account?.id ?? '';
  }

  render() {
    if (!this.#push) return [this.failure()];
    const { state, key } = this.#push;
    const { session } = this.app;
    return [
      h(
        'div',
        { class: 'digest-row' },
        h('p', { class: 'quiet' }, t(TEXTS[state])),
        state === 'ready' && key !== null
          ? this.#button(t('Turn on for this device'), () => this.#turnOn(key))
          : null,
        state === 'on' ? this.#button(t('Turn off'), () => turnOff(session)) : null,
      ),
    ];
  }

  /**
   * @param {string} label
   * @param {() => Promise<void>} work
   */
  #button(label, work) {
    return h('button', {
      class: 'button small',
      type: 'button',
      disabled: this.#busy,
      onClick: () => this.#run(work),
    }, label);
  }

  /** @param {() => Promise<void>} work */
  async #run(work) {
    this.#busy = true;
    this.draw();
    try {
      await work();
    } catch (error) {
      // The browser's own message is about service workers: show a text for users instead.
      const text = error instanceof DOMException ? t(NOT_SUBSCRIBED) : problemText(error);
      this.app.ui.toast(text, { tone: 'warning' });
    }
    this.#busy = false;
    await this.load();
  }

  /** @param {string} key */
  async #turnOn(key) {
    const isOn = await turnOn(this.app.session, this.#userId, key);
    this.app.ui.toast(
      isOn
        ? t('This device shows what you are told.')
        : t('Nothing was changed: the browser was not allowed to.'),
    );
  }

  async read() {
    this.#push = await readPush(this.app.session, this.#userId);
  }
}

customElements.define('ll-push-settings', PushSettings);
