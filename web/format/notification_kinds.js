// Of what a user is notified, as the settings and the page of a mail's link say it.

/** @import { NotificationKind } from '../types/contract.d.ts' */

/** @type {[NotificationKind, string][]} */
export const KINDS = [
  ['assigned', 'Somebody assigns me a todo'],
  ['mentioned', 'Somebody mentions me'],
  ['commented', 'Comments on todos I made, have or talked about'],
  ['invited', 'Somebody invites me to a list'],
  ['removed', 'Somebody removes me from a list'],
  ['reminded', 'A reminder of mine is due'],
];
