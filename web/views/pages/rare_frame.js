// The frame of a page that most visits do without: the trash, and letting a program in.

import { h } from '../base/dom.js';
import { LazyPage } from './lazy_page.js';
// The settings, which are another script that is loaded later, have it too.
import './settings/list_choice.js';

/** @extends {LazyPage<{view: 'll-trash-page' | 'll-authorize-page' | 'll-device-page'}>} */
export class RareFrame extends LazyPage {
  load() {
    return import('./rare_pages.js');
  }

  page() {
    return h(this.props.view, null);
  }
}

customElements.define('ll-rare-frame', RareFrame);
