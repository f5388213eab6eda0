// The links of the operator: help, imprint, privacy, terms.

import { t } from '../../languages/translate.js';
import { siteFacts } from '../../site.js';
import { h } from './dom.js';

/** Return the links that the operator set, as a footer; null without any. */
export function siteLinks() {
  const site = siteFacts();
  /** @type {[string, string | null][]} */
  const links = [
    [t('Help'), site.help_url],
    [t('Imprint'), site.imprint_url],
    [t('Privacy'), site.privacy_url],
    [t('Terms'), site.terms_url],
  ];
  const shown = links.flatMap(([text, href]) => href ? [h('a', { href }, text)] : []);
  return shown.length > 0 ? h('footer', { class: 'site-links' }, shown) : null;
}
