// Loads the tools of the page: the details of a todo, all menus and dialogs, and what a user does
// with several todos. They are a script of their own, loaded when the page has what it shows, or
// at their first use.

import { t } from '../../languages/translate.js';

/**
 * @import { App } from '../../app.js'
 * @typedef {typeof import('../tools/tools.js').TOOLS} Tools
 */

/** @type {Tools | null} */
let tools = null;
/** @type {Promise<unknown> | null} */
let loading = null;
let hasFailed = false;

/** Return the tools; null until they are loaded. */
export const pageTools = () => tools;

/**
 * Called by the script that is loaded: no script can import from it.
 * @param {Tools} loaded
 */
export function provideTools(loaded) {
  tools = loaded;
}

/**
 * Load the tools. Without a network there may be none.
 * @param {App} app
 */
export async function loadTools({ ui }) {
  try {
    loading ??= import('../tools/tools.js');
    await loading;
  } catch {
    loading = null;
    hasFailed = true;
  }
  // The views draw what they have from now on.
  ui.set({});
}

/** Return true if the tools could not be loaded: what needs them shows something else. */
export const areToolsMissing = () => hasFailed && !tools;

/**
 * Do something with the tools: at once, if they are loaded. Return false if they cannot be loaded.
 * @param {App} app
 * @param {(tools: Tools) => void} work
 */
export async function withTools(app, work) {
  if (!tools) await loadTools(app);
  if (tools) work(tools);
  else app.ui.toast(t('This did not load. Check your connection, and try again.'));
  return tools !== null;
}

/** @param {App} app */
export const isSelecting = ({ ui }) => ui.selection.ids.size > 0;
