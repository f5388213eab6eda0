// The frame of a page that most visits do without: the trash, what links in mails open, letting a
// program in, and the end of an account or of a password.

import { h } from '../base/dom.js';
import { LazyPage } from './lazy_page.js';

/**
 * @typedef {'ll-trash-page' | 'll-authorize-page' | 'll-device-page' | 'll-mail-page' |
 *   'll-leaving-page' | 'll-check-mail' | 'll-forgot' | 'll-verify' | 'll-reset' | 'll-join' |
 *   'll-provider-return' | 'll-invitation-page'} RareView
 */

/** @extends {LazyPage<{view: RareView}>} */
export class RareFrame extends LazyPage {
  load() {
    return import('./rare_pages.js');
  }

  page() {
    return h(this.props.view, null);
  }
}

customElements.define('ll-rare-frame', RareFrame);
