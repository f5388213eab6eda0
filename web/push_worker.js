// The service worker: shows what was pushed, also when no page is open. It does nothing else: no
// cache and no fetch handler, so that a page is always what the server has now.

/**
 * @import { PushWorker } from './types/service_worker.d.ts'
 * @typedef {{id?: string, title?: string, body?: string, link?: string}} Push
 */

// The cast: deno check takes this file for a script of a page.
const worker = /** @type {PushWorker} */ (/** @type {unknown} */ (self));

worker.addEventListener('install', () => worker.skipWaiting());

worker.addEventListener('push', (event) => {
  const { id, title, body, link } = /** @type {Push} */ (event.data?.json() ?? {});
  // Always show a notification: otherwise the browser shows a text of its own.
  event.waitUntil(
    worker.registration.showNotification(title ?? 'Livelist', {
      body: body ?? '',
      tag: id,
      icon: '/web/icon.svg',
      data: { link },
    }),
  );
});

worker.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(openPage(event.notification.data?.link));
});

/** @param {string | undefined} link */
async function openPage(link) {
  const address = new URL(link ?? '/', worker.location.origin);
  // The server signs its pushes; a link to another site is opened for no user all the same.
  const isOurs = address.origin === worker.location.origin;
  const target = isOurs ? address.href : worker.location.origin;
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const open = pages.find((page) => page.url === target);
  return open ? open.focus() : worker.clients.openWindow(target);
}
