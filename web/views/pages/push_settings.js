// Whether this device shows what I am told, also when no page is open.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { readPush, turnOff, turnOn } from '../../sync/push.js';
import { problemText } from '../../format/problems.js';

const WORDS = {
  impossible: 'This browser cannot show notifications while the page is closed.',
  off: 'Whoever runs this site has not set up notifications for devices.',
  denied: 'Notifications of this site are blocked in your browser. Allow them there first.',
  ready:
    'This device can show them also when no page is open: with titles and names, also on a locked screen.',
  on:
    'This device shows what is ticked under “Device”, with titles and names, also on a locked screen.',
};

class PushSettings extends View {
  #known = null;
  #busy = false;

  connected() {
    this.#read();
  }

  get #me() {
    return this.app.store.confirmed.account?.id;
  }

  render() {
    if (!this.#known) return [];
    const { state } = this.#known;
    return [
      h(
        'div',
        { class: 'digest-row' },
        h('p', { class: 'quiet' }, WORDS[state]),
        state === 'ready' ? this.#button('Turn on for this device', () => this.#turnOn()) : null,
        state === 'on' ? this.#button('Turn off', () => turnOff(this.app.session)) : null,
      ),
    ];
  }

  #button(words, work) {
    return h('button', {
      class: 'button small',
      type: 'button',
      disabled: this.#busy,
      onClick: () => this.#press(work),
    }, words);
  }

  async #press(work) {
    this.#busy = true;
    this.draw();
    try {
      await work();
    } catch (error) {
      this.app.ui.toast(pushProblem(error), { tone: 'warning' });
    }
    this.#busy = false;
    await this.#read();
  }

  async #turnOn() {
    const isOn = await turnOn(this.app.session, this.#me, this.#known.key);
    this.app.ui.toast(
      isOn
        ? 'This device shows what you are told.'
        : 'Nothing was changed: the browser was not allowed to.',
    );
  }

  async #read() {
    try {
      this.#known = await readPush(this.app.session, this.#me);
    } catch {
      this.#known = null; // not to be told now; the rest of the page says that we are offline
    }
    if (this.isConnected) this.draw();
  }
}

/** Words of ours for what the browser refuses: its own speak of service workers. */
function pushProblem(error) {
  return error instanceof DOMException
    ? 'The browser could not subscribe. Some need to be signed in to their maker, or refuse in private windows.'
    : problemText(error);
}

customElements.define('ll-push-settings', PushSettings);
