// The frame of the settings: their sections are a seventh of all scripts.

import { h } from '../base/dom.js';
import { LazyPage } from './lazy_page.js';
// Scripts that are loaded later share nothing but what the first one has: settings, administration, members.
import '../../format/role_names.js';

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
