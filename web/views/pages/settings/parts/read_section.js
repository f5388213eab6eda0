// The base of a section of the settings that shows what the server says. Without a connection the
// page says so once, and each section is read by itself when there is one.

import { problemText } from '../../../../format/problems.js';
import { h } from '../../../base/dom.js';
import { FormView } from '../../../base/form_view.js';
import { Reading } from '../../../base/reading.js';

/** @import { EventFrame } from '../../../../types/contract.d.ts' */

/** @extends {FormView<{}>} */
export class ReadSection extends FormView {
  #reading = new Reading(this.app.store, () => this.read(), this.redraw);

  connected() {
    this.app.store.addEventListener('applied', this.#receive);
    this.#reading.start();
    this.load();
  }

  disconnected() {
    this.app.store.removeEventListener('applied', this.#receive);
    this.#reading.stop();
  }

  /**
   * Return true if what is shown may be old after an event of this name.
   * @param {string} _event
   */
  isAbout(_event) {
    return false;
  }

  /** @param {CustomEvent<EventFrame>} event */
  #receive = ({ detail }) => this.receive(detail);

  /** @param {EventFrame} frame */
  receive({ event }) {
    if (this.isAbout(event)) this.load();
  }

  /** Request and take what is shown. What it throws is shown. */
  async read() {}

  load() {
    return this.#reading.run();
  }

  /** Return why nothing could be read, if the server or the page can say more than that. */
  failure() {
    const { failure } = this.#reading;
    return failure ? h('p', { class: 'problem', role: 'alert' }, problemText(failure)) : null;
  }
}
