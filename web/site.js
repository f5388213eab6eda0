// What the operator says about the site: its name, its links, who may register. The page holds it,
// so that the first paint needs no request.

/**
 * @import { SiteShape } from './types/contract.d.ts'
 */

/** @type {SiteShape | null} */
let facts = null;

/** Return the answer of GET /site, as it was when the server made this page. */
export function siteFacts() {
  facts ??= /** @type {SiteShape} */ (JSON.parse(
    document.querySelector('meta[name=livelist-site]')?.getAttribute('content') ?? '{}',
  ));
  return facts;
}
