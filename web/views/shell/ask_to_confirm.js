// Opens the dialog in which the user confirms who they are.

import { withTools } from './tools_loading.js';

/**
 * @import { App } from '../../app.js'
 * @import { Method } from '../../types/contract.d.ts'
 */

/** @type {Promise<boolean> | null} of the dialog that is open: two requests share it */
let asking = null;

/**
 * Open the dialog. Return true once the user has confirmed, and false if they closed it or it did
 * not load.
 * @param {App} app
 * @param {Method[]} methods
 */
export function askToConfirm(app, methods) {
  asking ??= new Promise((/** @type {(isConfirmed: boolean) => void} */ answer) => {
    withTools(app, () => app.ui.openDialog({ kind: 'step-up', methods, answer }))
      .then((isOpen) => isOpen || answer(false));
  }).finally(() => {
    asking = null;
  });
  return asking;
}
