// Where the files of a todo are shown. Their views and uploads are a script of their own, which is
// loaded when a todo is opened, a file is dragged over the page, or one waits to be sent.

import { View } from '../base/view.js';
import { h } from '../base/dom.js';

/**
 * @import { App } from '../../app.js'
 * @import { Todo } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 * @import { Uploads } from './uploads.js'
 */

// How many files of this browser wait to be sent, if any do.
const WAITING = 'files-waiting';

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
async function load(app) {
  try {
    loading ??= import('./attachment_section.js');
    await loading;
    uploads = start?.(app);
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
  if (localStorage.getItem(WAITING)) load(app);
  addEventListener('dragenter', (event) => {
    if (event.dataTransfer?.types.includes('Files')) load(app);
  });
}

/** How many files have not been sent. */
export const unsentFiles = () => uploads?.unsent ?? Number(localStorage.getItem(WAITING));

/** Keep the files that are not sent, for the next visit. */
export function keepFiles() {
  uploads?.keepAll();
}

/** Delete the files that wait in this browser. */
export function forgetFiles() {
  uploads?.forget();
  localStorage.removeItem(WAITING);
  indexedDB.deleteDatabase('livelist-files');
}

/** @extends {View<{todo: Todo, mayAttach: boolean} & UsedProps>} */
export class AttachmentsFrame extends View {
  connected() {
    if (!start) load(this.app).then(this.redraw);
  }

  render() {
    return [start ? h('ll-attachments', this.props) : null];
  }
}

customElements.define('ll-attachments-frame', AttachmentsFrame);
