// The request that sends a file, and which answers to it are final.

import { Refused, TRY_LATER, Unreachable } from '../../sync/api.js';

/** @import { Upload } from './uploads.js' */

// With these, nothing is wrong with the file either.
const NOT_ABOUT_THE_FILE = [401, ...TRY_LATER];

/**
 * Whether the server will not take this file, however often it is sent.
 * @param {unknown} error
 */
export const isFinal = (error) =>
  error instanceof Refused && !NOT_ABOUT_THE_FILE.includes(error.status);

/**
 * Send the bytes. Unlike fetch(), XMLHttpRequest says how many are sent.
 * @param {Upload} upload
 * @param {string} todoId
 * @param {string | null} token
 * @param {() => void} onProgress
 */
export function sendFile(upload, todoId, token, onProgress) {
  const request = new XMLHttpRequest();
  upload.request = request;
  const name = encodeURIComponent(upload.name);
  request.open('POST', `/api/v1/todos/${encodeURIComponent(todoId)}/attachments?name=${name}`);
  request.setRequestHeader('Authorization', `Bearer ${token}`);
  request.setRequestHeader('Content-Type', 'application/octet-stream');
  request.setRequestHeader('Idempotency-Key', upload.key);
  request.setRequestHeader('Livelist-Client', 'web');
  request.upload.onprogress = ({ loaded, total }) => {
    upload.sent = total ? loaded / total : 0;
    onProgress();
  };
  return new Promise((resolve, reject) => {
    request.onload = () => {
      const { status } = request;
      const seconds = Number(request.getResponseHeader('Retry-After')) || null;
      if (status < 300) resolve(null);
      else if (status < 500) reject(new Refused(status, parsed(request), seconds));
      else reject(new Unreachable(seconds));
    };
    request.onerror = request.onabort = () => reject(new Unreachable());
    request.send(upload.file);
  });
}

/** @param {XMLHttpRequest} request */
function parsed(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return {};
  }
}
