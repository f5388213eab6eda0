// The frame of the settings: their sections are a seventh of all scripts.

import { h } from '../base/dom.js';
import { LazyPage } from './lazy_page.js';
// Settings and administration both use it, and scripts that are loaded later share only what the
// first one has.
import '../../languages/role_names.js';

/** @extends {LazyPage<{}>} */
export class SettingsFrame extends LazyPage {
  load() {
    return import('./settings/settings_page.js');
  }

  page() {
    return h('ll-settings-page', null);
  }
}

customElements.define('ll-settings-frame', SettingsFrame);
