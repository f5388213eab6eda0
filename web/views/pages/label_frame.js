// The frame of the page of one of the user's own labels, which is among the tools of the page.

import { h } from '../base/dom.js';
import { loadTools, pageTools } from '../shell/tools_loading.js';
import { LazyPage } from './lazy_page.js';

/** @extends {LazyPage<{labelId: string}>} */
export class LabelFrame extends LazyPage {
  async load() {
    await loadTools(this.app);
    if (!pageTools()) throw new Error('The tools did not load.');
  }

  page() {
    return h('ll-label-page', { labelId: this.props.labelId });
  }
}

customElements.define('ll-label-frame', LabelFrame);
