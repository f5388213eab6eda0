// The registration of the service worker, which opens the app without a network and shows pushes.

import { whenIdle } from './page_surroundings.js';

const SCRIPT = '/service_worker.js';
// The worker of an earlier visit has the page from its start.
const isFirstVisit = !globalThis.navigator.serviceWorker?.controller;

/** Return true if this browser has service workers: not on plain http, except on localhost. */
export function hasServiceWorker(scope = globalThis) {
  return 'serviceWorker' in scope.navigator;
}

/**
 * Register the worker; more than once does no harm.
 * @returns {Promise<ServiceWorkerRegistration>}
 */
export function registerWorker() {
  return navigator.serviceWorker.register(SCRIPT);
}

/** Register the worker when the page has loaded: its files come after those of the page. */
export function registerWorkerAfterLoad() {
  if (!hasServiceWorker()) return;
  // Without it, only opening the app offline is missing; the next visit tries again.
  addEventListener('load', () => registerWorker().catch(() => {}));
}

/**
 * Have the worker store the files that the page loads later, so that they are there without a
 * network: few in a first visit, or for a user who asked to save data.
 * @param {string} language of the page
 */
export async function storeLaterFiles(language) {
  if (!hasServiceWorker()) return;
  const { connection } = /** @type {{connection?: {saveData?: boolean}}} */ (navigator);
  const areAllWanted = !isFirstVisit && !connection?.saveData;
  const { installing, waiting, active } = await navigator.serviceWorker.ready;
  // After an update the page is of the newer release.
  const newest = installing ?? waiting ?? active;
  whenIdle(() => newest?.postMessage({ language, areAllWanted }));
}

/** @returns {Promise<ServiceWorkerRegistration | undefined>} */
export function workerRegistration() {
  return navigator.serviceWorker.getRegistration(SCRIPT);
}

/** Close the notifications that are shown: the next user of this device may not read them. */
export async function closeNotifications() {
  if (!hasServiceWorker()) return;
  const shown = await (await workerRegistration())?.getNotifications();
  for (const notification of shown ?? []) notification.close();
}
