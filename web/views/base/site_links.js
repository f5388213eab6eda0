// The links of the operator: help, imprint, privacy, terms.

import { siteFacts } from '../../site.js';
import { h } from './dom.js';

/** Return the links that the operator set, as a footer; null without any. */
export function siteLinks() {
  const site = siteFacts();
  /** @type {[string, string | null][]} */
  const links = [
    ['Help', site.help_url],
    ['Imprint', site.imprint_url],
    ['Privacy', site.privacy_url],
    ['Terms', site.terms_url],
  ];
  const shown = links.flatMap(([text, href]) => href ? [h('a', { href }, text)] : []);
  return shown.length > 0 ? h('footer', { class: 'site-links' }, shown) : null;
}
