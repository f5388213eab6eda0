// Signing out, which asks first while changes cannot be sent.

/**
 * @import { App } from '../../app.js'
 */

/** @param {App} app */
export async function askAndSignOut(app) {
  const { store, ui } = app;
  // What was typed a moment ago is on its way: nobody needs to be asked about it.
  if (store.connection.state === 'live') await app.sendLastWrites();
  if (store.unsent === 0) {
    await app.signOut();
    return;
  }
  const text = store.unsent === 1
    ? 'One change has not been sent yet. It stays'
    : `${store.unsent} changes have not been sent yet. They stay`;
  ui.openDialog({
    kind: 'confirm',
    title: 'Sign out now?',
    text: `${text} on this device until you sign in here again.`,
    action: 'Sign out',
    run: () => app.signOut(),
  });
}
