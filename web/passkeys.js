// Passkeys of this browser and its devices (WebAuthn): make one, and let one sign.

import { problemText, refusalIn } from './format/problems.js';
import { t } from './languages/translate.js';
import { request } from './sync/api.js';

/**
 * @import {
 *   AddedPasskeyShape, NewPasskeyBody, PasskeyAssertion, PasskeyCreationOptions,
 *   PasskeyRequestOptions, SignInShape,
 * } from './types/contract.d.ts'
 * @import { Answer } from './types/client.d.ts'
 * @import { Session } from './sync/session.js'
 */

// The server forgets a challenge after five minutes; a passkey that the browser offers in a field
// has to sign a younger one.
const OFFER_MS = 240_000;

/** Return why this page has no passkeys, as a sentence for the user; empty if it has them. */
export function passkeyObstacle(scope = globalThis) {
  if (!scope.isSecureContext) return t('Passkeys need https.');
  if (!('PublicKeyCredential' in scope)) return t('This browser has no passkeys.');
  return '';
}

/**
 * Let the user make a passkey. Return the body that adds it.
 * @param {PasskeyCreationOptions} options of the server
 * @param {string} name
 * @returns {Promise<NewPasskeyBody>}
 */
async function createPasskey(options, name) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytesOf(options.challenge),
      user: { ...options.user, id: bytesOf(options.user.id) },
      excludeCredentials: options.excludeCredentials.map(credential),
    },
  });
  if (!(made instanceof PublicKeyCredential)) throw new DOMException('', 'NotAllowedError');
  const response = /** @type {AuthenticatorAttestationResponse} */ (made.response);
  return {
    name,
    id: textOf(made.rawId),
    client_data_json: textOf(response.clientDataJSON),
    attestation_object: textOf(response.attestationObject),
    // Older browsers do not say how they reach the authenticator.
    transports: response.getTransports?.() ?? [],
  };
}

/**
 * Let the user make a passkey, and add it to their account. Return the recovery codes, which the
 * first second factor brings.
 * @param {Session} session
 * @param {string} name
 */
export async function addPasskey(session, name) {
  const path = '/users/me/passkeys';
  /** @type {Answer<PasskeyCreationOptions>} */
  const { body: options } = await session.call('POST', `${path}/options`);
  const body = await createPasskey(options, name);
  /** @type {Answer<AddedPasskeyShape>} */
  const { body: added } = await session.call('POST', path, { body });
  return added.recovery_codes;
}

/**
 * Let the user choose a passkey, which signs the challenge of the options.
 * @param {PasskeyRequestOptions} options of the server
 * @param {{mediation?: CredentialMediationRequirement, signal?: AbortSignal}} [how]
 * @returns {Promise<PasskeyAssertion>}
 */
export async function usePasskey(options, how = {}) {
  const used = await navigator.credentials.get({
    ...how,
    publicKey: {
      ...options,
      challenge: bytesOf(options.challenge),
      allowCredentials: options.allowCredentials.map(credential),
    },
  });
  if (!(used instanceof PublicKeyCredential)) throw new DOMException('', 'NotAllowedError');
  const response = /** @type {AuthenticatorAssertionResponse} */ (used.response);
  return {
    id: textOf(used.rawId),
    client_data_json: textOf(response.clientDataJSON),
    authenticator_data: textOf(response.authenticatorData),
    signature: textOf(response.signature),
    user_handle: response.userHandle ? textOf(response.userHandle) : null,
  };
}

/**
 * Sign in with a passkey that the user chooses.
 * @param {{mediation?: CredentialMediationRequirement, signal?: AbortSignal}} [how]
 */
export async function signInWithPasskey(how = {}) {
  /** @type {Answer<PasskeyRequestOptions>} */
  const { body: options } = await request('POST', '/auth/passkey/options');
  const body = await usePasskey(options, how);
  /** @type {Answer<SignInShape>} */
  const { body: tokens } = await request('POST', '/auth/passkey', { body });
  return tokens;
}

/** Offers passkeys among the suggestions of a field whose autocomplete names `webauthn`. */
export class PasskeyOffer {
  /** @type {AbortController | null} of the request that is open; a browser allows one at a time */
  #open = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {(tokens: SignInShape) => Promise<void>} signedIn
   * @param {(error: unknown) => void} refused
   */
  constructor(signedIn, refused) {
    this.signedIn = signedIn;
    this.refused = refused;
  }

  /** Offer them until `stop()`, where the browser can. */
  async start() {
    this.stop();
    if (passkeyObstacle()) return;
    const open = new AbortController();
    this.#open = open;
    const canOffer = await PublicKeyCredential.isConditionalMediationAvailable?.();
    if (!canOffer || open.signal.aborted) return;
    this.#timer = setTimeout(() => this.#again(), OFFER_MS);
    try {
      const how = { mediation: /** @type {const} */ ('conditional'), signal: open.signal };
      await this.signedIn(await signInWithPasskey(how));
    } catch (error) {
      // Without an answer of the server nothing was chosen: the page works without the offer.
      if (open.signal.aborted || !refusalIn(error)) return;
      this.refused(error);
    }
  }

  stop() {
    clearTimeout(this.#timer);
    this.#open?.abort();
    this.#open = null;
  }

  #again() {
    // A page in the background waits until it is looked at again.
    if (document.visibilityState === 'visible') this.start();
    else {document.addEventListener('visibilitychange', () => this.#open && this.start(), {
        once: true,
      });}
  }
}

/**
 * Return one plain sentence for an error of this module or of the server.
 * @param {unknown} error
 */
export function passkeyProblem(error) {
  const refusal = refusalIn(error);
  // The general sentence is about an address and a password.
  if (refusal?.code === 'bad_credentials') return refusal.message;
  if (!(error instanceof DOMException)) return problemText(error);
  switch (error.name) {
    case 'InvalidStateError':
      return t('This device has a passkey of your account already.');
    case 'SecurityError':
      return t('Passkeys do not work at this address. Open the site at its own address.');
    default:
      return t('No passkey was used: it was cancelled, or it took too long.');
  }
}

/** @param {{id: string, transports: string[]}} described */
function credential({ id, transports }) {
  return {
    type: /** @type {const} */ ('public-key'),
    id: bytesOf(id),
    transports: /** @type {AuthenticatorTransport[]} */ (transports),
  };
}

/**
 * @param {string} text base64url
 */
function bytesOf(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** @param {ArrayBuffer} buffer */
function textOf(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
