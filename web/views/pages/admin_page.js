// The frame of the administration. Its pages are a script of their own, which only administrators
// and moderators load.

import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { empty, skeleton } from './page_parts.js';

/** @type {Promise<unknown> | null} */
let loading = null;

/** @extends {View<{part: string}>} */
export class AdminPage extends View {
  /** @type {'loading' | 'loaded' | 'failed'} */
  #phase = 'loading';

  connected() {
    this.#load();
  }

  async #load() {
    try {
      loading ??= import('./admin/admin.js');
      await loading;
      this.#phase = 'loaded';
    } catch {
      loading = null;
      this.#phase = 'failed';
    }
    this.redraw();
  }

  render() {
    if (this.#phase === 'loaded') return [h('ll-admin', { part: this.props.part })];
    if (this.#phase !== 'failed') return [h('div', { class: 'page' }, skeleton())];
    const reload = h('button', { class: 'button', onClick: () => location.reload() }, 'Reload');
    const text = 'The server has a newer version, or cannot be reached. Reload the page.';
    return [h('div', { class: 'page' }, empty('help', 'This did not load', text, reload, 'h1'))];
  }
}

customElements.define('ll-admin-page', AdminPage);
