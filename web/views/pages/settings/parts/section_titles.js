// The titles of the sections of the settings, for what links to them.

import { message } from '../../../../languages/translate.js';
import { providers } from '../../../../provider_sign_in.js';

/** In English, in the order of the page. */
const TITLES = [
  message('Profile'),
  message('Appearance'),
  message('Notifications'),
  message('Reminders'),
  message('Email'),
  message('Sign-in and security'),
  message('Password'),
  message('Passkeys'),
  message('Linked sign-ins'),
  message('Devices'),
  message('Sign out'),
  message('API tokens'),
  message('Connected applications'),
  message('Calendar feeds'),
  message('Webhooks'),
  message('Security log'),
  message('Import'),
  message('Export lists'),
  message('Your data'),
];

/** Return the titles of the sections that there are. */
export const sectionTitles = () =>
  TITLES.filter((title) => title !== 'Linked sign-ins' || providers().length > 0);

/**
 * Return the id of a section, which links to it have after `#`.
 * @param {string} title in English
 */
export const anchorOf = (title) => title.toLowerCase().replaceAll(' ', '-');
