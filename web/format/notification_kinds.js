// Of what a user is notified, as the settings and the page of a mail's link say it.

import { message } from '../languages/translate.js';

/** @import { NotificationKind } from '../types/contract.d.ts' */

/** @type {[NotificationKind, string][]} */
export const KINDS = [
  ['assigned', message('Somebody assigns me a todo')],
  ['mentioned', message('Somebody mentions me')],
  ['commented', message('Comments on todos I made, have or talked about')],
  ['invited', message('Somebody invites me to a list')],
  ['removed', message('Somebody removes me from a list')],
  ['reminded', message('A reminder of mine is due')],
];
