// The frame of the administration, which only administrators and moderators load.

import { h } from '../base/dom.js';
import { LazyPage } from './lazy_page.js';

/** @extends {LazyPage<{part: string}>} */
export class AdminPage extends LazyPage {
  load() {
    return import('./admin/admin.js');
  }

  page() {
    return h('ll-admin', { part: this.props.part });
  }
}

customElements.define('ll-admin-page', AdminPage);
