// What the server says about the site before anyone signs in: who may register, and links to help.

import { request } from '../../sync/api.js';

/**
 * @import { SiteShape } from '../../types/contract.d.ts'
 * @import { Answer } from '../../types/client.d.ts'
 */

/** @type {Promise<SiteShape | null> | null} */
let loading = null;

/** Return the site; null if the server cannot be reached. Asks again only after a failure. */
export function loadSite() {
  loading ??= load();
  return loading;
}

async function load() {
  try {
    /** @type {Answer<SiteShape>} */
    const { body } = await request('GET', '/site');
    return body;
  } catch {
    loading = null;
    return null;
  }
}
