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
/** Whether a menu or a dialog waits for the tools. */
let isOpening = false;

const WAITING = 'waiting-for-tools';
const WAITING_SAID_AFTER_MS = 300;

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
  const { phase } = app;
  if (!tools) await loadTools(app);
  // The session may have ended meanwhile.
  if (app.phase !== phase) return false;
  if (tools) work(tools);
  else sayMissing(app);
  return tools !== null;
}

/**
 * Load the tools for the menu or the dialog that is open: until then nothing of it is drawn. Escape
 * closes it, and so does whatever the user turns to: it would take the focus from there.
 * @param {App} app
 */
export async function openWithTools(app) {
  const { ui } = app;
  const isWaiting = () => Boolean(ui.menu ?? ui.dialog);
  if (tools || isOpening || !isWaiting()) return;
  isOpening = true;
  const listening = new AbortController();
  const options = { capture: true, signal: listening.signal };
  /** @param {Event} event */
  const drop = ({ target }) => {
    // What was loaded takes the focus before the promise is kept.
    const isIts = target instanceof Element && target.closest('ll-menu-layer, ll-dialog-layer');
    if (!isWaiting() || isIts || target === ui.menu?.anchor) return;
    ui.set({ menu: null, dialog: null });
    ui.clear([WAITING]);
  };
  document.addEventListener('pointerdown', drop, options);
  document.addEventListener('focusin', drop, options);
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !isWaiting()) return;
    event.preventDefault();
    event.stopPropagation();
    ui.closeTopmost();
    ui.clear([WAITING]);
  }, options);
  const timer = setTimeout(
    () => isWaiting() && ui.toast(t('Loading…'), { slot: WAITING, stays: true }),
    WAITING_SAID_AFTER_MS,
  );
  await loadTools(app);
  clearTimeout(timer);
  listening.abort();
  isOpening = false;
  ui.clear([WAITING]);
  if (tools || !isWaiting()) return;
  ui.closeTopmost();
  sayMissing(app);
}

/** @param {App} app */
function sayMissing({ ui }) {
  ui.toast(t('The server has a newer version, or cannot be reached. Reload the page.'), {
    action: t('Reload'),
    run: () => location.reload(),
  });
}

/** @param {App} app */
export const isSelecting = ({ ui }) => ui.selection.ids.size > 0;
