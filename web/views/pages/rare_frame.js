// The frame of a page that most visits do without: the trash, letting a program in, mails, and the
// end of an account or of a password.

// The settings, which are another script that is loaded later, have these two.
import '../../format/notification_kinds.js';
import { h } from '../base/dom.js';
import { LazyPage } from './lazy_page.js';
import './settings/list_choice.js';

/**
 * @typedef {'ll-trash-page' | 'll-authorize-page' | 'll-device-page' | 'll-mail-page' |
 *   'll-leaving-page' | 'll-forgot'} RareView
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
