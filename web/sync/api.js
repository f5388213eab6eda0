// One request to the server, and its answer or what went wrong. Knows nothing of who is signed in
// beyond the token it is handed.

import { parsePositions } from './requests.js';

const BASE = '/api/v1';
// A request that hangs longer than this is a network that went away without saying so.
const PATIENCE_MS = 20_000;

/** The server refused: a sentence for people, a code for us. */
export class Refused extends Error {
  constructor(status, problem, retryAfterSeconds) {
    super(problem.detail || problem.title || 'The server refused this.');
    this.status = status;
    this.code = problem.code ?? '';
    this.errors = problem.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Nobody answered, or only to say "later": the same request may be sent again. */
export class Unreachable extends Error {
  constructor(retryAfterSeconds = null) {
    super('The server cannot be reached.');
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {{body?: any, key?: string, token?: string | null}} [options]
 */
export async function request(method, path, { body, key, token } = {}) {
  const headers = { Accept: 'application/json', 'Livelist-Client': 'web' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  if (token) headers.Authorization = `Bearer ${token}`;
  let answer;
  try {
    answer = await fetch(BASE + path, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw new Unreachable();
  }
  const content = await readJson(answer);
  if (answer.ok) {
    return {
      status: answer.status,
      body: content,
      positions: parsePositions(answer.headers.get('Livelist-Seq')),
    };
  }
  const seconds = Number(answer.headers.get('Retry-After')) || null;
  if (answer.status >= 500 || answer.status === 429) {
    // A wait is the server's business on queued writes; a form shows the sentence instead.
    const later = new Unreachable(seconds);
    later.problem = new Refused(answer.status, content ?? {}, seconds);
    throw later;
  }
  throw new Refused(answer.status, content ?? {}, seconds);
}

async function readJson(answer) {
  if (answer.status === 204) return null;
  try {
    return await answer.json();
  } catch {
    return null;
  }
}
