// Opens the menus that place lists and folders, once their script is loaded: a menu is put where it
// fits.

import { t } from '../../languages/translate.js';

/**
 * @import { App } from '../../app.js'
 * @import { Menu } from '../../types/client.d.ts'
 */

/**
 * @param {App} app
 * @param {Menu} menu
 */
export async function openPlacing(app, menu) {
  try {
    await loadPlacing();
    app.ui.openMenu(menu);
  } catch {
    app.ui.toast(t('This did not load. Reload the page when the server can be reached.'), {
      tone: 'warning',
    });
  }
}

export const loadPlacing = () => import('./placing.js');
