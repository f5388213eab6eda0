// The service worker: opens the app without a network, and shows what was pushed, also when no page
// is open. Served as /service_worker.js, with `const RELEASE = {…};` before this text: browsers get
// a new worker with each release.
//
// A worker stores all files of its release, or is not installed. A page is the server's own if that
// answers in time, else the stored one. Each page names the files of its own release, so the files
// of two releases never meet. Answers of /api and /ws are not stored.

/**
 * @import { AppWorker, FetchEvent, InstallEvent, Release } from './types/service_worker.d.ts'
 * @import { StoreLater } from './types/service_worker.d.ts'
 * @typedef {{id?: string, title?: string, body?: string, link?: string}} Push
 */

// The casts: deno check takes this file for a script of a page.
const worker = /** @type {AppWorker} */ (/** @type {unknown} */ (self));
const release = /** @type {Release} */ (RELEASE);

const CACHES = 'livelist-';
const OWN_CACHE = CACHES + release.version;
// After that a page that is stored is better than one that may come: a bad mobile network.
const PAGE_WAIT_MS = 3_000;
// A first visit has at most 200 kB: settings, administration and pages of mails come with the next.
const FIRST_SCRIPTS = ['lazy_tools.js', 'lazy_quick_add.js', 'lazy_attachment_section.js'];

worker.addEventListener('install', (event) => event.waitUntil(install(event)));
worker.addEventListener('activate', (event) => event.waitUntil(activate()));

worker.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== 'GET' || origin !== worker.location.origin) return;
  if (pathname.startsWith('/assets/')) event.respondWith(asset(event));
  else if (mode === 'navigate' && isPage(pathname)) event.respondWith(page(event));
});

/** @param {InstallEvent} event */
async function install(event) {
  // Requests to the API do not wait for the worker to start, where the browser has such routes.
  event.addRoutes?.({ condition: { urlPattern: '/api/*' }, source: 'network' })?.catch(() => {});
  const cache = await caches.open(OWN_CACHE);
  await cache.addAll([...release.files, ...await laterOfBefore()]);
  // Pages of the release before have all their files; none of them needs the worker before.
  await worker.skipWaiting();
}

/** Return the files loaded later that a release before had stored: they stay without a network. */
async function laterOfBefore() {
  const names = (await caches.keys()).filter((name) => name.startsWith(CACHES));
  const stored = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  const before = new Set(stored.flat().map(({ url }) => lazyName(url)));
  return release.later.filter((address) => before.has(lazyName(address)));
}

/**
 * Return the name of a file that is loaded later, as `lazy_tools.js`.
 * @param {string} address
 */
function lazyName(address) {
  return address.slice(address.lastIndexOf('/lazy_') + 1);
}

async function activate() {
  // The request for a page starts together with the worker, not after it.
  await worker.registration.navigationPreload?.enable();
  const others = (await caches.keys())
    .filter((name) => name.startsWith(CACHES) && name !== OWN_CACHE);
  // The last one stays: a page of it may be loading right now.
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
}

// A page has all that it shows, and time: the files that it may load later are stored.
worker.addEventListener('message', (event) => event.waitUntil(storeLater(event.data)));

/**
 * Store what the page may load later: of texts, those in its language; of scripts, all, or those
 * that change todos without a network. The others need the server for what they show.
 * @param {StoreLater} wanted
 */
async function storeLater({ language, areAllWanted }) {
  const cache = await caches.open(OWN_CACHE);
  for (const address of release.later) {
    const name = lazyName(address);
    const isWanted = name.endsWith('.json')
      ? name === `lazy_${language}.json`
      : areAllWanted || FIRST_SCRIPTS.includes(name);
    if (!isWanted) continue;
    if (await cache.match(address)) continue;
    // One after another, and after what pages request. If one fails, the next visit tries again.
    await cache.add(new Request(address, { priority: 'low' })).catch(() => {});
  }
}

/**
 * Return a file of a release. A file that a page loads later is stored when it is first used, or
 * when a page has time.
 * @param {FetchEvent} event
 */
async function asset(event) {
  const { request } = event;
  const stored = await caches.match(request);
  if (stored) return stored;
  const answer = await fetch(request);
  if (answer.ok && request.url.includes(`/assets/${release.version}/lazy_`)) {
    const copy = answer.clone();
    event.waitUntil(caches.open(OWN_CACHE).then((cache) => cache.put(request, copy)));
  }
  return answer;
}

/** @param {string} path */
function isPage(path) {
  return !release.reserved.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
}

/**
 * Return the server's page; the stored one if the server does not answer, not in time, or not well.
 * @param {FetchEvent} event
 * @returns {Promise<Response>}
 */
async function page(event) {
  const answer = serverPage(event);
  event.waitUntil(answer.catch(() => {}));
  const stored = await caches.match(release.page);
  if (!stored) return answer;
  return Promise.race([
    answer.then((response) => response.status < 500 ? response : stored, () => stored),
    new Promise((resolve) => setTimeout(() => resolve(stored), PAGE_WAIT_MS)),
  ]);
}

/**
 * @param {FetchEvent} event
 * @returns {Promise<Response>}
 */
async function serverPage(event) {
  return (await event.preloadResponse) ?? fetch(event.request);
}

worker.addEventListener('push', (event) => {
  const { id, title, body, link } = /** @type {Push} */ (event.data?.json() ?? {});
  // Always show a notification: otherwise the browser shows a text of its own.
  event.waitUntil(
    worker.registration.showNotification(title ?? release.name, {
      body: body ?? '',
      tag: id,
      icon: release.icon,
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
