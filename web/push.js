// This browser's subscription to web pushes. The browser keeps it, the server knows it by its
// endpoint, and a mark in localStorage says which user turned it on: of two users of one browser,
// only that one is notified here.

import { hasServiceWorker, registerWorker, workerRegistration } from './worker_registration.js';

/**
 * @import { PushShape } from './types/contract.d.ts'
 * @import { Answer } from './types/client.d.ts'
 * @import { Session } from './sync/session.js'
 */

const MARK = 'livelist.push';
const PATH = '/users/me/push-subscriptions';

/** @typedef {'impossible' | 'off' | 'denied' | 'ready' | 'on'} PushState */

/** Return true if this browser can receive pushes. */
export function isPossible(scope = globalThis) {
  return hasServiceWorker(scope) && 'PushManager' in scope && 'Notification' in scope;
}

/**
 * @param {Session} session
 * @returns {Promise<string | null>} the server's public key; null when its pushes are off
 */
async function serverKey(session) {
  /** @type {Answer<PushShape>} */
  const { body } = await session.call('GET', PATH);
  return body.public_key;
}

/**
 * @param {Session} session
 * @param {string} userId
 * @returns {Promise<{state: PushState, key: string | null}>}
 */
export async function readPush(session, userId) {
  if (!isPossible()) return { state: 'impossible', key: null };
  const key = await serverKey(session);
  if (key === null) return { state: 'off', key };
  if (Notification.permission === 'denied') return { state: 'denied', key };
  const isOn = isMarkedFor(userId) && Notification.permission === 'granted' &&
    isMadeWith(await subscription(), key);
  return { state: isOn ? 'on' : 'ready', key };
}

/**
 * Ask the user, subscribe the browser, and tell the server. Browsers ask the user only while a
 * press is handled.
 * @param {Session} session
 * @param {string} userId
 * @param {string} key
 */
export async function turnOn(session, userId, key) {
  if (await Notification.requestPermission() !== 'granted') return false;
  // Otherwise this browser would get another user's pushes until the server has the new one.
  if (!isMarkedFor(userId)) await forgetPush();
  await subscribe(session, key);
  localStorage.setItem(MARK, userId);
  return true;
}

/**
 * Subscribe again where this user has turned pushes on: the browser or the server may have
 * forgotten the subscription meanwhile.
 * @param {Session} session
 * @param {string} userId
 */
export async function keepPush(session, userId) {
  if (!isPossible() || !isMarkedFor(userId) || Notification.permission !== 'granted') return;
  const key = await serverKey(session);
  if (key !== null) await subscribe(session, key);
}

/** @param {Session} session */
export async function turnOff(session) {
  const known = await subscription();
  if (known) await session.call('DELETE', PATH, { body: { endpoint: known.endpoint } });
  await forgetPush();
}

/** End the browser's subscription. The server stopped sending when the sign-in ended. */
export async function forgetPush() {
  localStorage.removeItem(MARK);
  if (isPossible()) await (await subscription())?.unsubscribe();
}

/**
 * @param {Session} session
 * @param {string} key
 */
async function subscribe(session, key) {
  const { pushManager } = await activated(await registerWorker());
  const old = await pushManager.getSubscription();
  // A browser allows no second subscription while one with another server key exists.
  if (old && !isMadeWith(old, key)) await old.unsubscribe();
  const known = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = known.toJSON();
  const body = { endpoint, keys: { p256dh: keys?.p256dh, auth: keys?.auth } };
  await session.call('POST', PATH, { body });
}

/**
 * Wait until the worker runs: before that it cannot subscribe. `serviceWorker.ready` would not do:
 * it waits forever for a worker that cannot start.
 * @param {ServiceWorkerRegistration} registration
 * @returns {Promise<ServiceWorkerRegistration>}
 */
function activated(registration) {
  const worker = registration.installing ?? registration.waiting;
  if (registration.active || !worker) return Promise.resolve(registration);
  return new Promise((resolve, reject) => {
    worker.addEventListener('statechange', () => {
      if (worker.state === 'activated') resolve(registration);
      if (worker.state === 'redundant') {
        reject(new DOMException('its worker did not start', 'AbortError'));
      }
    });
  });
}

/** @returns {Promise<PushSubscription | null>} */
async function subscription() {
  const registration = await workerRegistration();
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** @param {string} userId */
function isMarkedFor(userId) {
  return localStorage.getItem(MARK) === userId;
}

/**
 * @param {PushSubscription | null} known
 * @param {string} key
 */
function isMadeWith(known, key) {
  return known !== null && keyText(known.options.applicationServerKey) === key;
}

/**
 * Return a key as the server writes it: base64url without padding.
 * @param {ArrayBuffer | null} buffer
 */
export function keyText(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer ?? [])));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
