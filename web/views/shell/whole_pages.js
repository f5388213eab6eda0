// Pages without data: while the account is loaded, the server is away, an address is unknown.

import { t } from '../../languages/translate.js';
import { siteFacts } from '../../site.js';
import { h } from '../base/dom.js';
import { empty, skeleton } from '../pages/page_parts.js';

/** Return the frame of the page, to be shown while the account is loaded. */
export function startingPage() {
  return h(
    'div',
    { class: 'layout starting' },
    h('div', { class: 'side' }),
    h(
      'main',
      { class: 'main' },
      h('div', { class: 'page' }, h('div', { class: 'page-head' }), skeleton()),
    ),
  );
}

export function unknownPage() {
  const link = h('a', { class: 'button', href: '/' }, t('Go to the Inbox'));
  return h(
    'div',
    { key: 'unknown', class: 'page' },
    empty(
      'help',
      t('There is no such page'),
      t('The address may be mistyped, or out of date.'),
      link,
      'h1',
    ),
  );
}

export function unreachablePage() {
  return h(
    'main',
    { class: 'entry' },
    h(
      'div',
      { class: 'entry-card' },
      h('h1', null, t('{site} cannot be reached', { site: siteFacts().name })),
      h(
        'p',
        { class: 'quiet' },
        t('Check your connection. This page tries again by itself every few seconds.'),
      ),
    ),
  );
}
