// The service worker: shows what was pushed, also when no page is open. It does nothing else: no
// cache, no fetch handler, so that a page is always what the server has now.

self.addEventListener('install', () => self.skipWaiting());

self.addEventListener('push', (event) => {
  const { id, title, body, link } = event.data?.json() ?? {};
  // A browser that hears a push and shows nothing shows words of its own.
  event.waitUntil(self.registration.showNotification(title ?? 'Livelist', {
    body: body ?? '',
    tag: id,
    icon: '/web/icon.svg',
    data: { link },
  }));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.link));
});

async function open(link) {
  const address = new URL(link ?? '/', self.location.origin);
  // What a push says is ours, but a link out of this site would be nobody's wish.
  const target = address.origin === self.location.origin ? address.href : self.location.origin;
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const same = pages.find((page) => page.url === target);
  if (same) return same.focus();
  return self.clients.openWindow(target);
}
