// Where the files of a todo are shown. Their views and uploads are a script of their own, which is
// loaded when a todo is opened, a file is dragged over the page, or one waits to be sent.

import { deleteWaitingFiles, hasWaitingFiles, waitingFiles } from '../../storage/file_storage.js';
import { View } from '../base/view.js';
import { h } from '../base/dom.js';

/**
 * @import { App } from '../../app.js'
 * @import { Todo } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 * @import { Uploads } from './uploads.js'
 */

/** @type {Promise<unknown> | null} */
let loading = null;
/** @type {((app: App) => Uploads) | null} */
let start = null;
/** @type {Uploads | undefined} */
let uploads;

/**
 * Called by the script that is loaded: no script can import from it.
 * @param {(app: App) => Uploads} startUploads
 */
export function provideUploads(startUploads) {
  start = startUploads;
}

/** @param {App} app */
export async function loadUploads(app) {
  try {
    loading ??= import('./attachment_section.js');
    await loading;
    uploads = start?.(app);
    app.store.announce();
  } catch {
    // Without a network there may be none: tried again with the next todo.
    loading = null;
  }
}

/**
 * Load what attaches files once there is something to attach.
 * @param {App} app
 */
export function watchForFiles(app) {
  if (hasWaitingFiles()) loadUploads(app);
  addEventListener('dragenter', (event) => {
    if (event.dataTransfer?.types.includes('Files')) loadUploads(app);
  });
}

export const startedUploads = () => uploads;

/**
 * Return how many files of a user have not been sent.
 * @param {string} user
 */
export const unsentFiles = (user) => uploads?.unsent ?? waitingFiles(user);

/** Keep the files that are not sent, for the next visit. */
export function keepFiles() {
  uploads?.keepAll();
}

/**
 * Delete the files of a user that wait in this browser.
 * @param {string} user
 */
export function forgetFiles(user) {
  uploads?.forget();
  deleteWaitingFiles(user).catch(() => {});
}

/** @extends {View<{todo: Todo, mayAttach: boolean} & UsedProps>} */
export class AttachmentsFrame extends View {
  connected() {
    if (!uploads) loadUploads(this.app).then(this.redraw);
  }

  render() {
    return [uploads ? h('ll-attachments', this.props) : null];
  }
}

customElements.define('ll-attachments-frame', AttachmentsFrame);
