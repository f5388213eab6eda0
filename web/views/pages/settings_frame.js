// The frame of the settings, and of the page that asks for a second factor with forms of theirs.

import { h } from '../base/dom.js';
import { LazyPage } from './lazy_page.js';
// Settings and administration both use it, and scripts that are loaded later share only what the
// first one has.
import '../../languages/role_names.js';

/** @extends {LazyPage<{view: 'll-settings-page' | 'll-required-setup'}>} */
export class SettingsFrame extends LazyPage {
  load() {
    return import('./settings/settings_page.js');
  }

  page() {
    return h(this.props.view, null);
  }
}

customElements.define('ll-settings-frame', SettingsFrame);
