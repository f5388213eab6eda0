// This browser's subscription to pushes. The browser keeps it, our server knows it by its endpoint, and
// a mark beside it says whose it is: of two people at one browser only who turned it on is told here.

const WORKER = '/web/push_worker.js';
const MARK = 'livelist.push';
const PATH = '/users/me/push-subscriptions';

/** @typedef {'impossible' | 'off' | 'denied' | 'ready' | 'on'} PushState */

export function isPossible(scope = globalThis) {
  return 'serviceWorker' in scope.navigator && 'PushManager' in scope && 'Notification' in scope;
}

/** @returns {Promise<{state: PushState, key: string | null}>} */
export async function readPush(session, userId) {
  if (!isPossible()) return { state: 'impossible', key: null };
  const { body: { public_key: key } } = await session.call('GET', PATH);
  if (key === null) return { state: 'off', key };
  if (Notification.permission === 'denied') return { state: 'denied', key };
  const isOn = isTheirs(userId) && Notification.permission === 'granted' &&
    isOf(await subscription(), key);
  return { state: isOn ? 'on' : 'ready', key };
}

/** Asks the person, then the browser, then tells the server. Call it from a press: browsers ask for one. */
export async function turnOn(session, userId, key) {
  if (await Notification.requestPermission() !== 'granted') return false;
  // Another's here would go on under their name, until the server is told.
  if (!isTheirs(userId)) await forgetPush();
  await subscribe(session, key);
  localStorage.setItem(MARK, userId);
  return true;
}

/** Where this person has it on it stays on, whatever browser or server have forgotten meanwhile. */
export async function keepPush(session, userId) {
  if (!isPossible() || !isTheirs(userId) || Notification.permission !== 'granted') return;
  const { body: { public_key: key } } = await session.call('GET', PATH);
  if (key !== null) await subscribe(session, key);
}

export async function turnOff(session) {
  const known = await subscription();
  if (known) await session.call('DELETE', PATH, { body: { endpoint: known.endpoint } });
  await forgetPush();
}

/** The browser is told nothing any more; the server stopped when the sign-in ended. */
export async function forgetPush() {
  localStorage.removeItem(MARK);
  if (isPossible()) await (await subscription())?.unsubscribe();
}

async function subscribe(session, key) {
  const { pushManager } = await active(await navigator.serviceWorker.register(WORKER));
  const old = await pushManager.getSubscription();
  // One made with another key of the server is refused by the browser until it is ended.
  if (old && !isOf(old, key)) await old.unsubscribe();
  const known = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys: { p256dh, auth } } = known.toJSON();
  await session.call('POST', PATH, { body: { endpoint, keys: { p256dh, auth } } });
}

/** Its worker runs: before that it cannot subscribe. `serviceWorker.ready` is for pages in its scope, /web/. */
function active(registration) {
  const coming = registration.installing ?? registration.waiting;
  if (registration.active || !coming) return registration;
  return new Promise((resolve, reject) => {
    coming.addEventListener('statechange', () => {
      if (coming.state === 'activated') resolve(registration);
      if (coming.state === 'redundant') {
        reject(new DOMException('its worker did not start', 'AbortError'));
      }
    });
  });
}

async function subscription() {
  const worker = await navigator.serviceWorker.getRegistration(WORKER);
  return (await worker?.pushManager.getSubscription()) ?? null;
}

function isTheirs(userId) {
  return localStorage.getItem(MARK) === userId;
}

function isOf(known, key) {
  return known !== null && keyText(known.options.applicationServerKey) === key;
}

/** The form in which the server writes keys: base64url without padding. */
export function keyText(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer ?? [])));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
