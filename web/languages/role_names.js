// What the roles in a list, and on the site, are called. Pure.

import { message, t } from './translate.js';
import { own } from '../own.js';

/** @type {Record<string, string>} */
const OF_LISTS = {
  owner: message('Owner'),
  editor: message('Editor'),
  commenter: message('Commenter'),
  viewer: message('Viewer'),
};
/** @type {[string, string][]} */
export const SITE_ROLES = [
  ['user', message('User')],
  ['moderator', message('Moderator')],
  ['admin', message('Administrator')],
];

/**
 * Return what a role is called; a role of a newer server by its name.
 * @param {string | undefined} role
 */
export function roleName(role = '') {
  const found = own(OF_LISTS, role) ?? SITE_ROLES.find(([name]) => name === role)?.[1];
  return found ? t(found) : role;
}
