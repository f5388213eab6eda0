// The frame of the settings, and of the page that asks for a second factor with forms of theirs.

import { h } from '../base/dom.js';
import { LazyPage } from './lazy_page.js';
// Settings, administration and the tools of the page use these: while they are in the first script,
// none of them needs the script of another.
import '../../languages/role_names.js';
import '../base/reading.js';

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
