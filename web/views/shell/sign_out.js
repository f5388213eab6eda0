// Signing out, which asks first while something that was typed is not sent.

import { t, tn } from '../../languages/translate.js';
import { unsentFiles } from '../attachments/attachments_frame.js';

/**
 * @import { App } from '../../app.js'
 */

/** @param {App} app */
export async function askAndSignOut(app) {
  const { store, ui } = app;
  // What was typed a moment ago is on its way: nobody needs to be asked about it.
  if (store.connection.state === 'live') await app.sendLastWrites();
  const files = unsentFiles(store.shown.account?.id ?? '');
  const texts = await draftsOf(app);
  if (store.unsent === 0 && texts === 0 && files === 0) {
    await app.signOut();
    return;
  }
  ui.openDialog({
    kind: 'confirm',
    title: t('Sign out now?'),
    text: unsentText(store.unsent, texts, files),
    action: t('Sign out and keep what is not sent'),
    run: () => app.signOut({ isKeeping: true }),
    isSafe: true,
    otherwise: { action: t('Sign out and delete'), run: () => app.signOut(), look: 'danger' },
  });
}

/**
 * Return how many drafts the device keeps. Other windows have more than this one knows.
 * @param {App} app
 */
async function draftsOf({ drafts, guest, stored }) {
  // What a guest types is not stored.
  const kept = guest ? null : await stored?.drafts.all().catch(() => null);
  return Math.max(drafts.size, kept?.size ?? 0);
}

/**
 * @param {number} changes
 * @param {number} texts
 * @param {number} files
 */
function unsentText(changes, texts, files) {
  return [
    changes && tn(
      changes,
      'One change has not been sent yet.',
      '{count} changes have not been sent yet.',
    ),
    texts && tn(
      texts,
      'One text that you typed was not saved.',
      '{count} texts that you typed were not saved.',
    ),
    files && tn(
      files,
      'One file has not been sent yet.',
      '{count} files have not been sent yet.',
    ),
    t('What you keep stays on this device until you sign in again.'),
  ].filter(Boolean).join(' ');
}
