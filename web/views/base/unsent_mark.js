// The mark of what is not on the server: a change that waits to be sent, or one that was refused.

import { t } from '../../languages/translate.js';
import { h } from './dom.js';
import { icon } from './icons.js';

/**
 * @import { App } from '../../app.js'
 */

/**
 * Return what to say of a todo or a list; empty if the server has all of it.
 * @param {App} app
 * @param {string} id
 */
export function unsentMark({ store, drafts }, id) {
  if (drafts.refused.has(id)) return t('A change was not kept');
  return store.isLate && store.unsentIds.has(id) ? t('Not sent yet') : '';
}

/** @param {string} text */
export const unsentIcon = (text) =>
  h(
    'span',
    { class: 'meta unsent', role: 'img', 'aria-label': text, 'data-tip': text },
    icon('unsent'),
  );
