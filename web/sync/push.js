// This browser's subscription to pushes. The browser keeps it, our server knows it by its endpoint.

const WORKER = '/web/push_worker.js';

/** @typedef {'impossible' | 'off' | 'denied' | 'ready' | 'on'} PushState */

export function isPossible(scope = globalThis) {
  return 'serviceWorker' in scope.navigator && 'PushManager' in scope && 'Notification' in scope;
}

/** @returns {Promise<{state: PushState, key: string | null}>} */
export async function readPush(session) {
  if (!isPossible()) return { state: 'impossible', key: null };
  const { body: { public_key: key } } = await session.call('GET', '/users/me/push-subscriptions');
  if (key === null) return { state: 'off', key };
  if (Notification.permission === 'denied') return { state: 'denied', key };
  const known = await subscription();
  const isOurs = known && keyText(known.options.applicationServerKey) === key;
  if (!isOurs || Notification.permission !== 'granted') return { state: 'ready', key };
  // The server may have forgotten it, or got another key; saying it again changes nothing.
  await tell(session, known);
  return { state: 'on', key };
}

/** Asks the person, then the browser, then tells the server. Call it from a press: browsers ask for one. */
export async function turnOn(session, key) {
  if (await Notification.requestPermission() !== 'granted') return false;
  const worker = await active(await navigator.serviceWorker.register(WORKER));
  const old = await worker.pushManager.getSubscription();
  // One made with another key of the server is refused by the browser until it is ended.
  if (old && keyText(old.options.applicationServerKey) !== key) await old.unsubscribe();
  await tell(session, await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
  return true;
}

export async function turnOff(session) {
  const known = await subscription();
  if (!known) return;
  await session.call('DELETE', '/users/me/push-subscriptions', { body: { endpoint: known.endpoint } });
  await known.unsubscribe();
}

/** Its worker runs: before that it cannot subscribe. `serviceWorker.ready` is for pages in its scope, /web/. */
function active(registration) {
  const coming = registration.installing ?? registration.waiting;
  if (registration.active || !coming) return registration;
  return new Promise((resolve) => {
    coming.addEventListener('statechange', () => coming.state === 'activated' && resolve(registration));
  });
}

/** The browser is told nothing any more; the server stopped when the sign-in ended. */
export async function forgetPush() {
  if (isPossible()) await (await subscription())?.unsubscribe();
}

async function subscription() {
  const worker = await navigator.serviceWorker.getRegistration(WORKER);
  return (await worker?.pushManager.getSubscription()) ?? null;
}

async function tell(session, known) {
  const { endpoint, keys: { p256dh, auth } } = known.toJSON();
  await session.call('POST', '/users/me/push-subscriptions', { body: { endpoint, keys: { p256dh, auth } } });
}

/** The form in which the server writes keys: base64url without padding. */
export function keyText(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer ?? [])));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
