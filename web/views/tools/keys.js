// What each key does: shown by the help dialog, and by docs/keyboard.md, which a test compares.

import { message, t } from '../../languages/translate.js';
import { own } from '../../own.js';

/** The names of keys that are not the same in all languages. @type {Record<string, string>} */
const NAMES = {
  Ctrl: message('Ctrl'),
  Del: message('Del'),
  End: message('End'),
  Enter: message('Enter'),
  Home: message('Home'),
  Shift: message('Shift'),
};

/**
 * Return keys such as `Shift+D` in the language of the page.
 * @param {string} keys
 */
export const keysText = (keys) =>
  keys.replace(/[A-Z][a-z]+/g, (name) => t(own(NAMES, name) ?? name));

/**
 * @returns {[keys: string, text: string][]} in the order in which a new user needs them. Keys that
 *   do the same are separated by spaces.
 */
const all = () => [
  ['q', t('Add a todo')],
  ['j k', t('Next, previous')],
  ['Home End', t('First, last')],
  ['Enter', t('Open')],
  ['x', t('Tick')],
  ['i', t('In progress, or not')],
  ['e', t('Edit the title')],
  ['d', t('Due date')],
  ['r', t('Remind me')],
  ['p', t('Priority')],
  ['l', t('Labels')],
  ['a', t('Assign')],
  ['m', t('Move to a list')],
  ['Del', t('Move to the trash')],
  ['Alt+↑ Alt+↓', t('Move up, down')],
  ['Alt+→', t('Make a subtask of the one above')],
  ['Alt+←', t('Make a subtask a todo of its own')],
  ['Shift+D', t('Duplicate')],
  ['Shift+X', t('Select; then x for more')],
  ['Shift+↑ Shift+↓', t('Select up, down')],
  ['c', t('Complete the selected')],
  ['v', t('View: groups, order, filter')],
  ['u Ctrl+Z', t('Undo')],
  ['/', t('Search')],
  ['Ctrl+F', t('Find in a long list')],
  ['n', t('Notifications')],
  ['Ctrl+K', t('Go anywhere, do anything')],
  ['Esc', t('Close')],
  ['?', t('This help')],
];

/**
 * Return the keys as this keyboard and the language of the page name them.
 * @param {boolean} isMac
 */
export const keysOf = (isMac) =>
  all().map(([keys, text]) => ({
    keys: keysText(isMac ? keys.replaceAll('Alt+', '⌥').replaceAll('Ctrl+', '⌘') : keys),
    text,
  }));
