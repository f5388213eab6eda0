// The menu of the account: settings, keyboard shortcuts, signing out.

import { t } from '../../languages/translate.js';
import { icon } from '../base/icons.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { item } from '../dialogs/menu_item.js';
import { askAndSignOut } from './sign_out.js';

/** @import { UsedProps } from '../../types/dom.d.ts' */

/** @extends {View<{onDone: () => void} & UsedProps>} */
export class AccountMenu extends View {
  render() {
    const { app, props: { onDone } } = this;
    /** @param {() => void} work */
    const run = (work) => () => {
      onDone();
      work();
    };
    return [
      h('div', { class: 'menu-title' }, this.state.account?.email),
      item(icon('settings'), t('Settings'), run(() => app.router.go('/settings'))),
      // A phone has no keys.
      matchMedia('(pointer: coarse)').matches
        ? null
        : item(icon('help'), t('Keyboard shortcuts'), () => app.ui.openDialog({ kind: 'help' }), {
          hint: '?',
        }),
      item(icon('leave'), t('Sign out'), run(() => askAndSignOut(app))),
    ];
  }
}

customElements.define('ll-account-menu', AccountMenu);
