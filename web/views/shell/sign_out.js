// Signing out, which asks first while changes wait to be sent.

/**
 * @import { App } from '../../app.js'
 */

/** @param {App} app */
export function askAndSignOut(app) {
  const { store: { unsent }, ui } = app;
  if (unsent === 0) {
    app.signOut();
    return;
  }
  const changes = unsent === 1 ? 'One change has' : `${unsent} changes have`;
  ui.openDialog({
    kind: 'confirm',
    title: 'Sign out now?',
    text: `${changes} not been sent yet. They stay on this device until you sign in here again.`,
    action: 'Sign out',
    run: () => app.signOut(),
  });
}
