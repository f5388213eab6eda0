// One HTTP request to the server, and its answer or an error.

import { language, t } from '../languages/translate.js';
import { parsePositions, requestOf } from './requests.js';

/**
 * @import { Problem, ProblemField } from '../types/contract.d.ts'
 * @import { Answer, Mutation, RequestOptions } from '../types/client.d.ts'
 *
 * A page of the server has no `origin`; a program names the server's, and is no web client.
 * @typedef {RequestOptions & {token?: string | null, origin?: string}} SendOptions
 */

const BASE = '/api/v1';
// A request that takes longer than this means a network that went away without saying so.
const TIMEOUT_MS = 20_000;
// Took too long, too early, too many requests: nothing is wrong with the request.
export const TRY_LATER = [408, 425, 429];

/** The server refused the request: `message` is for the user, `code` for the client. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {Partial<Problem>} problem
   * @param {number | null} [retryAfterSeconds]
   */
  constructor(status, problem, retryAfterSeconds = null) {
    super(problem.detail || problem.title || 'The server refused this.');
    this.status = status;
    this.code = problem.code ?? '';
    /** @type {ProblemField[]} */
    this.errors = problem.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
    /** Of the code `step_up_required`: how the user can confirm who they are. */
    this.methods = problem.methods ?? [];
  }
}

/** The server did not answer, or asked to try later: the same request may be sent again. */
export class Unreachable extends Error {
  /**
   * @param {number | null} [retryAfterSeconds]
   * @param {Refused | null} [problem] the answer, when there was one
   */
  constructor(retryAfterSeconds = null, problem = null) {
    super(t('The server cannot be reached.'));
    this.retryAfterSeconds = retryAfterSeconds;
    this.problem = problem;
  }
}

/**
 * Return the request of a mutation. Another version of the client may have stored it: one that this
 * one cannot send must not keep those after it from being sent.
 * @param {Mutation} mutation
 * @throws {Refused}
 */
export function knownRequestOf(mutation) {
  try {
    return requestOf(mutation);
  } catch {
    throw new Refused(422, { code: 'unknown_change' });
  }
}

/**
 * Return how long the server asked to wait, if it did.
 * @param {unknown} error
 */
export function retryAfter(error) {
  const isAnswer = error instanceof Unreachable || error instanceof Refused;
  return isAnswer ? error.retryAfterSeconds : null;
}

/**
 * Send a request. The caller declares the type of the body: `@type {Answer<TodoShape>}`.
 * @template [Body=null]
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {SendOptions} [options]
 * @returns {Promise<Answer<Body>>}
 * @throws {Refused | Unreachable}
 */
export async function request(method, path, options = {}) {
  const answer = await send(method, path, options);
  const content = await readJson(answer);
  if (answer.ok) {
    return {
      status: answer.status,
      body: content,
      positions: parsePositions(answer.headers.get('Livelist-Seq')),
    };
  }
  throw errorOf(answer, content);
}

/**
 * Return the file at a path, which may take minutes to come.
 * @param {string} path below /api/v1
 * @param {string} token
 * @param {AbortSignal} [signal]
 * @returns {Promise<Blob>}
 * @throws {Refused | Unreachable}
 */
export async function download(path, token, signal) {
  /** @type {Response} */
  let answer;
  try {
    const headers = new Headers({ Authorization: `Bearer ${token}`, 'Livelist-Client': 'web' });
    answer = await fetch(BASE + path, { headers, cache: 'no-store', signal });
    if (answer.ok) return await answer.blob();
  } catch {
    throw new Unreachable();
  }
  throw errorOf(answer, await readJson(answer));
}

/**
 * Send a file, which may take minutes, and return the JSON of the answer.
 * @param {string} path below /api/v1
 * @param {Blob} file
 * @param {string} token
 * @returns {Promise<any>} what the route answers
 * @throws {Refused | Unreachable}
 */
export async function upload(path, file, token) {
  /** @type {Response} */
  let answer;
  try {
    const headers = new Headers({
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/octet-stream',
      'Livelist-Client': 'web',
    });
    answer = await fetch(BASE + path, { method: 'POST', headers, body: file });
  } catch {
    throw new Unreachable();
  }
  const content = await readJson(answer);
  if (answer.ok) return content;
  throw errorOf(answer, content);
}

/**
 * @param {Response} answer a refusal
 * @param {Partial<Problem> | null} content
 */
function errorOf(answer, content) {
  const seconds = Number(answer.headers.get('Retry-After')) || null;
  const refused = new Refused(answer.status, content ?? {}, seconds);
  if (answer.status < 500 && !TRY_LATER.includes(answer.status)) return refused;
  // A queued write waits as the server asks; a form shows the sentence of the refusal.
  return new Unreachable(seconds, refused);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {SendOptions} options
 */
async function send(method, path, { body, key, token, origin = '' }) {
  // Errors are said in the language of the page.
  const headers = new Headers({ Accept: 'application/json', 'Accept-Language': language() });
  if (!origin) headers.set('Livelist-Client', 'web');
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  if (key) headers.set('Idempotency-Key', key);
  if (token) headers.set('Authorization', `Bearer ${token}`);
  try {
    return await fetch(origin + BASE + path, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new Unreachable();
  }
}

/**
 * @param {Response} answer
 * @returns {Promise<any>} whatever JSON the server sent; null for none
 */
async function readJson(answer) {
  if (answer.status === 204) return null;
  try {
    return await answer.json();
  } catch {
    return null;
  }
}

/**
 * Return the user whom an access token names; null if that cannot be read.
 * @param {string} token
 * @returns {string | null}
 */
export function userOf(token) {
  try {
    const claims = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    return JSON.parse(atob(claims)).sub ?? null;
  } catch {
    return null;
  }
}
