// The frame of a page whose views are a script of their own: most visits do without.

import { t } from '../../languages/translate.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { empty, skeleton } from './page_parts.js';

/** @import { Child } from '../../types/dom.d.ts' */

/**
 * @template {object} Props
 * @extends {View<Props>}
 */
export class LazyPage extends View {
  /** @type {'loading' | 'loaded' | 'failed'} */
  #phase = 'loading';

  /** Import the script, which defines the views. @returns {Promise<unknown>} */
  load() {
    throw new Error('A lazy page has a script.');
  }

  /** Describe the page, once its views are defined. @returns {Child} */
  page() {
    return null;
  }

  connected() {
    this.#load();
  }

  async #load() {
    try {
      await this.load();
      this.#phase = 'loaded';
    } catch {
      this.#phase = 'failed';
    }
    this.redraw();
  }

  render() {
    if (this.#phase === 'loaded') return [this.page()];
    if (this.#phase !== 'failed') return [h('div', { class: 'page' }, skeleton())];
    const reload = h('button', { class: 'button', onClick: () => location.reload() }, t('Reload'));
    const text = t('The server has a newer version, or cannot be reached. Reload the page.');
    return [h('div', { class: 'page' }, empty('help', t('This did not load'), text, reload, 'h1'))];
  }
}
